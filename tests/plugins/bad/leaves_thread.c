#include <pthread.h>
#include <unistd.h>

#include "good.h"

static void* wait_for_ever(void* nothing) {
  (void)nothing;
  while (pause() < 0) {
  }
  return NULL;
}
static tidemill_status load(const tidemill_host* host, tidemill_error* error) {
  (void)host;
  (void)error;
  pthread_t thread;
  return pthread_create(&thread, NULL, wait_for_ever, NULL) == 0 ? TIDEMILL_OK : TIDEMILL_INTERNAL;
}

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("leaves_thread"),
                                            TIDEMILL_PLUGIN_KINDS(kinds), .load = load};
