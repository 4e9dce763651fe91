#include "good.h"

/* Keeps every rule but that of its linker options. */
PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("executable_stack"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
