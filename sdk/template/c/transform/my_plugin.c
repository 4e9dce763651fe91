#include <tidemill/plugin.h>
#include <tidemill/transform.h>

/* Lets a record in if there is nothing to say against it. */
static tidemill_status validate(tidemill_shard* shard, const tidemill_batch* batch,
                                const tidemill_rejections* rejections, tidemill_error* error) {
  static const char reason[] = "the value is empty";
  const tidemill_bytes text = {(const uint8_t*)reason, sizeof reason - 1};
  (void)shard;
  (void)error;
  for (uint32_t i = 0; i < batch->record_count; ++i) {
    if (batch->values[i].size == 0) {
      rejections->reject(rejections, i, text);
    }
  }
  return TIDEMILL_OK;
}

static const tidemill_transform transform = {
    .struct_size = sizeof transform,
    .flags = TIDEMILL_DETERMINISTIC,
    .needs = TIDEMILL_VALUES, /* columns that are not asked for are not there */
    .validate = validate,
};
static const tidemill_kind kinds[] = {{TIDEMILL_TRANSFORM, &transform}};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "my_plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .summary = "Says what it does.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
