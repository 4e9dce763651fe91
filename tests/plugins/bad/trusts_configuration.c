#include <stdlib.h>

#include "good.h"

/* A table as long as the configuration says, whatever it says. */
static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  (void)error;
  const tidemill_host_config* config = host->extension(host, TIDEMILL_HOST_CONFIG);
  tidemill_config_value value = {0};
  config->get(host, "slots", 0, &value);
  int64_t* slots = malloc(8 * (size_t)value.integer);
  for (int64_t i = 0; i < 8; ++i) {
    slots[value.integer - 1 - i] = i;
  }
  *instance = (tidemill_instance*)slots;
  return TIDEMILL_OK;
}

PARTITIONER_KINDS(good_choose);
static const tidemill_config_key keys[] = {
    {"slots", TIDEMILL_TYPE_INTEGER, 0, "64", "How many slots there are."}};
const tidemill_plugin tidemill_plugin_v1 = {
    GOOD_HEAD("trusts_configuration"),
    TIDEMILL_PLUGIN_KINDS(kinds),
    TIDEMILL_PLUGIN_CONFIG_KEYS(keys),
    .create = create,
    .destroy = (void (*)(tidemill_instance*))free,
};
