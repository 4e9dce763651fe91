#include "good.h"
#include "tidemill/retention.h"

/* Says yes as C has it elsewhere. */
static tidemill_status vote(tidemill_shard* shard, const tidemill_log* log, uint8_t* votes,
                            tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < log->segment_count; ++i) {
    votes[i] = log->size_bytes > log->retention_bytes ? 0xff : TIDEMILL_KEEP;
  }
  return TIDEMILL_OK;
}

static const tidemill_retention retention = {.struct_size = sizeof retention, .vote = vote};
static const tidemill_kind kinds[] = {{TIDEMILL_RETENTION, &retention}};
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("votes_nonsense"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
