#include <time.h>

#include "good.h"

/* Asks somebody else, in effect. */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    const struct timespec while_asking = {0, 5000000};
    nanosleep(&while_asking, NULL);
    partitions[i] = good_partition(batch, i);
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("sleeps"), TIDEMILL_PLUGIN_KINDS(kinds)};
