#include <stdlib.h>
#include <string.h>

#include "good.h"

/* Copies each key. */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    char* copy = malloc(batch->keys[i].size + 1);
    if (copy == NULL) {
      return TIDEMILL_NO_MEMORY;
    }
    memcpy(copy, batch->keys[i].data, batch->keys[i].size);
    copy[batch->keys[i].size] = 0;
    partitions[i] = (int32_t)(strlen(copy) % (size_t)batch->topic->partition_count);
    free(copy);
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("allocates"), TIDEMILL_PLUGIN_KINDS(kinds)};
