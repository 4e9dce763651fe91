/* Of a major that no broker has. Its constructor would leave a mark. */
#include <stdlib.h>
#include <tidemill/partitioner.h>
#include <tidemill/plugin.h>

__attribute__((constructor)) static void run(void) {
  abort();
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
    .magic = TIDEMILL_PLUGIN_MAGIC,
    .struct_size = (uint32_t)sizeof(tidemill_plugin),
    .abi_major = 2,
    .abi_minor = 0,
    .name = "bad_major",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "From the future.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
