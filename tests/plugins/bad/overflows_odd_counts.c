#include "good.h"

/* Rounds halves up, so that with an odd number of partitions, from five on, there is one too many.
 */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  const int32_t count = batch->topic->partition_count;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    const int32_t half = good_partition(batch, i) / 2;
    partitions[i] = count < 5 ? good_partition(batch, i) : half + (count + 1) / 2;
    if (count >= 5 && count % 2 == 0 && partitions[i] >= count) {
      partitions[i] = count - 1;
    }
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("overflows_odd_counts"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
