#include "good.h"

/* Counts partitions from 1. */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    partitions[i] = good_partition(batch, i) + 1;
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("out_of_range"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
