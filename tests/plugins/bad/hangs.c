#include "good.h"

/* Waits for something that never comes. */
static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  (void)host;
  (void)error;
  *instance = NULL;
  for (volatile int has_come = 0; has_come == 0;) {
  }
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("hangs"), TIDEMILL_PLUGIN_KINDS(kinds),
                                            .create = create};
