#include "good.h"

PARTITIONER_KINDS(NULL);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("missing_function"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
