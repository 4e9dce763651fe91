#include <tidemill/partitioner.h>
#include <tidemill/plugin.h>

static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    uint32_t sum = 0;
    for (size_t at = 0; at < batch->keys[i].size; ++at) {
      sum = sum * 31 + batch->keys[i].data[at];
    }
    partitions[i] = (int32_t)(sum % (uint32_t)batch->topic->partition_count);
  }
  return TIDEMILL_OK;
}

static const tidemill_partitioner partitioner = {
    .struct_size = sizeof partitioner,
    .flags = TIDEMILL_DETERMINISTIC,
    .needs = TIDEMILL_KEYS,
    .choose = choose,
};
static const tidemill_kind kinds[] = {{TIDEMILL_PARTITIONER, &partitioner}};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "my_plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .summary = "Says what it does.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
