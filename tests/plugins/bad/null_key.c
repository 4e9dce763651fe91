#include "good.h"

/* Takes every key for a text. */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    partitions[i] = (int32_t)(batch->keys[i].data[0] % batch->topic->partition_count);
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("null_key"), TIDEMILL_PLUGIN_KINDS(kinds)};
