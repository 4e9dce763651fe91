#include "good.h"

static const tidemill_host* kept;

/* Memory of the host, which it may refuse. */
static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  (void)error;
  kept = host;
  const tidemill_host_memory* memory = host->extension(host, TIDEMILL_HOST_MEMORY);
  if (memory == NULL) {
    return TIDEMILL_UNSUPPORTED;
  }
  uint64_t* count = memory->allocate(host, sizeof *count, sizeof *count);
  *count = 0;
  *instance = (tidemill_instance*)count;
  return TIDEMILL_OK;
}
static void destroy(tidemill_instance* instance) {
  const tidemill_host_memory* memory = kept->extension(kept, TIDEMILL_HOST_MEMORY);
  memory->release(kept, instance, sizeof(uint64_t), sizeof(uint64_t));
}

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {
    GOOD_HEAD("trusts_memory"),
    TIDEMILL_PLUGIN_KINDS(kinds),
    .create = create,
    .destroy = destroy,
};
