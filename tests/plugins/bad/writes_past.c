#include "good.h"

/* One too many, where the count is odd. */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    partitions[i | 1] = partitions[i & ~1u] = good_partition(batch, i & ~1u);
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("writes_past"), TIDEMILL_PLUGIN_KINDS(kinds)};
