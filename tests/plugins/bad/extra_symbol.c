#include "good.h"

/* Another plugin may well have one of this name. */
__attribute__((visibility("default"))) int hash(int value);
int hash(int value) {
  return value * 31;
}

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("extra_symbol"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
