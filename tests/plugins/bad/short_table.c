#include "good.h"

/* struct_size was forgotten, as a struct that is filled in by hand invites to. */
static const tidemill_partitioner partitioner = {.needs = TIDEMILL_KEYS, .choose = good_choose};
static const tidemill_kind kinds[] = {{TIDEMILL_PARTITIONER, &partitioner}};
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("short_table"), TIDEMILL_PLUGIN_KINDS(kinds)};
