/* A partitioner that keeps every rule. Each bad plugin breaks one of them, so that what is caught
 * is that. */
#ifndef TIDEMILL_TESTS_GOOD_H
#define TIDEMILL_TESTS_GOOD_H

#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"

static inline int32_t good_partition(const tidemill_batch* batch, uint32_t index) {
  uint32_t sum = 0;
  for (size_t at = 0; at < batch->keys[index].size; ++at) {
    sum = sum * 31 + batch->keys[index].data[at];
  }
  return (int32_t)(sum % (uint32_t)batch->topic->partition_count);
}

__attribute__((unused)) static tidemill_status good_choose(tidemill_shard* shard,
                                                           const tidemill_batch* batch,
                                                           int32_t* partitions,
                                                           tidemill_error* error) {
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    partitions[i] = good_partition(batch, i);
  }
  return TIDEMILL_OK;
}

/* The head of a plugin's descriptor; what follows it is the plugin's own. */
#define GOOD_HEAD(plugin_name)                                                              \
  TIDEMILL_PLUGIN_HEADER, .name = plugin_name, .version = "1.0.0", .licence = "Apache-2.0", \
      .summary = "Breaks one rule."

/* A partitioner's table and the list of kinds, `kinds`. */
#define PARTITIONER_KINDS(choose_function)          \
  static const tidemill_partitioner partitioner = { \
      .struct_size = sizeof partitioner,            \
      .flags = TIDEMILL_DETERMINISTIC,              \
      .needs = TIDEMILL_KEYS,                       \
      .choose = choose_function,                    \
  };                                                \
  static const tidemill_kind kinds[] = {{TIDEMILL_PARTITIONER, &partitioner}}

#endif
