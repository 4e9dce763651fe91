#include <tidemill/plugin.h>
#include <tidemill/retention.h>

enum { segments_kept = 10 };

/* Keeps the newest segments of each log. Votes are TIDEMILL_KEEP beforehand; the broker removes
 * from the oldest on. */
static tidemill_status vote(tidemill_shard* shard, const tidemill_log* log, uint8_t* votes,
                            tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < log->segment_count && log->segment_count - i > segments_kept; ++i) {
    votes[i] = TIDEMILL_REMOVE;
  }
  return TIDEMILL_OK;
}

static const tidemill_retention retention = {
    .struct_size = sizeof retention,
    .flags = TIDEMILL_DETERMINISTIC,
    .vote = vote,
};
static const tidemill_kind kinds[] = {{TIDEMILL_RETENTION, &retention}};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "my_plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .summary = "Says what it does.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
