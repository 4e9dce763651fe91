#include "good.h"

PARTITIONER_KINDS(good_choose);
const tidemill_plugin tidemill_plugin_v1 = {
    .magic = 0x21212121,
    .struct_size = sizeof(tidemill_plugin),
    .abi_major = TIDEMILL_ABI_MAJOR,
    .name = "wrong_magic",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "Breaks one rule.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
