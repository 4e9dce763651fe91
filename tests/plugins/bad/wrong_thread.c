#include "good.h"

static const tidemill_host* kept;

static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  (void)error;
  kept = host;
  *instance = NULL;
  return TIDEMILL_OK;
}
/* On the thread of a shard, where metrics cannot be registered. */
static tidemill_status shard_open(tidemill_instance* instance, uint32_t index,
                                  tidemill_shard** shard, tidemill_error* error) {
  (void)instance;
  (void)index;
  (void)error;
  const tidemill_host_metrics* metrics = kept->extension(kept, TIDEMILL_HOST_METRICS);
  if (metrics != NULL) {
    metrics->counter(kept, "records_total", "Records seen.");
  }
  *shard = NULL;
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("wrong_thread"), TIDEMILL_PLUGIN_KINDS(kinds),
                                            .create = create, .shard_open = shard_open};
