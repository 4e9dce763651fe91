/* Does not want to be loaded until the environment says so. */
#include <stdlib.h>
#include <string.h>
#include <tidemill/partitioner.h>
#include <tidemill/plugin.h>

static tidemill_status load(const tidemill_host* host, tidemill_error* error) {
  (void)host;
  if (getenv("TIDEMILL_TEST_LOADS") != NULL) {
    return TIDEMILL_OK;
  }
  memcpy(error->message, "not today", 9);
  error->message_size = 9;
  return TIDEMILL_UNAVAILABLE;
}
static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch,
                              int32_t* partitions, tidemill_error* error) {
  (void)shard, (void)batch, (void)partitions, (void)error;
  return TIDEMILL_OK;
}
static const tidemill_partitioner partitioner = {
    .struct_size = sizeof partitioner, .needs = TIDEMILL_KEYS, .choose = choose};
static const tidemill_kind kinds[] = {{TIDEMILL_PARTITIONER, &partitioner}};
const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "bad_load",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "Does not want to be loaded.",
    TIDEMILL_PLUGIN_KINDS(kinds),
    .load = load,
};
