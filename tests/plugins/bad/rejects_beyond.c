#include "good.h"
#include "tidemill/transform.h"

/* Counts records from 1. */
static tidemill_status validate(tidemill_shard* shard, const tidemill_batch* batch,
                                const tidemill_rejections* rejections, tidemill_error* error) {
  (void)shard;
  (void)error;
  static const uint8_t reason[] = "no key";
  for (uint32_t i = 1; i <= batch->record_count; ++i) {
    if (batch->keys[i - 1].data == NULL) {
      rejections->reject(rejections, i, (tidemill_bytes){reason, sizeof reason - 1});
    }
  }
  return TIDEMILL_OK;
}

static const tidemill_transform transform = {
    .struct_size = sizeof transform, .needs = TIDEMILL_KEYS, .validate = validate};
static const tidemill_kind kinds[] = {{TIDEMILL_TRANSFORM, &transform}};
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("rejects_beyond"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
