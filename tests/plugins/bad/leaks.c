#include <stdlib.h>

#include "good.h"

static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  (void)host;
  (void)error;
  *instance = malloc(40);
  return *instance == NULL ? TIDEMILL_NO_MEMORY : TIDEMILL_OK;
}
static void destroy(tidemill_instance* instance) {
  (void)instance;
}

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("leaks"), TIDEMILL_PLUGIN_KINDS(kinds),
                                            .create = create, .destroy = destroy};
