/* Keys are "tenant:what"; all keys of a tenant go to one partition. Plain C, with a configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemill/partitioner.h>
#include <tidemill/plugin.h>

/* An instance: one configuration, which never changes. */
struct tidemill_instance {
  uint8_t separator;
};

static void say(tidemill_error* error, const char* sentence) {
  const int size = snprintf(error->message, sizeof error->message, "%s", sentence);
  error->message_size = (uint32_t)size;
}

static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  const tidemill_host_config* config = host->extension(host, TIDEMILL_HOST_CONFIG);
  tidemill_config_value separator;
  if (config == NULL || config->get(host, "separator", 0, &separator) != TIDEMILL_OK) {
    say(error, "the host offers no value for the key 'separator'");
    return TIDEMILL_UNSUPPORTED;
  }
  if (separator.text.size != 1) {
    say(error, "separator: expected one byte, such as \":\"");
    return TIDEMILL_CONFIG;
  }
  *instance = malloc(sizeof **instance);
  if (*instance == NULL) {
    return TIDEMILL_NO_MEMORY;
  }
  (*instance)->separator = separator.text.data[0];
  return TIDEMILL_OK;
}

static void destroy(tidemill_instance* instance) {
  free(instance);
}

/* Without shard_open() calls get the instance itself. */
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  const tidemill_instance* instance = (const tidemill_instance*)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    const tidemill_bytes key = batch->keys[i];
    if (key.data == NULL) {
      continue; /* stays TIDEMILL_PARTITION_ANY */
    }
    uint32_t hash = 2166136261u;
    for (size_t at = 0; at < key.size && key.data[at] != instance->separator; ++at) {
      hash = (hash ^ key.data[at]) * 16777619u;
    }
    partitions[i] = (int32_t)(hash % (uint32_t)batch->topic->partition_count);
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
static const tidemill_config_key keys[] = {
    {"separator", TIDEMILL_TYPE_TEXT, 0, ":", "The byte that ends the tenant's name."}};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "tenant_c",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "All keys of a tenant go to one partition.",
    TIDEMILL_PLUGIN_KINDS(kinds),
    TIDEMILL_PLUGIN_CONFIG_KEYS(keys),
    .create = create,
    .destroy = destroy,
};
