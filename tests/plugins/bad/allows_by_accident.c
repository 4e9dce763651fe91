#include "good.h"
#include "tidemill/authorizer.h"

/* The result of a comparison, and one too far: the host has room for action_count of them. */
static tidemill_status authorize(tidemill_shard* shard, const tidemill_client* client,
                                 const tidemill_actions* actions, tidemill_token token,
                                 uint8_t* decisions, tidemill_error* error) {
  (void)shard;
  (void)client;
  (void)token;
  (void)error;
  for (uint32_t i = 0; i <= actions->action_count; ++i) {
    decisions[i] = TIDEMILL_ALLOW;
  }
  return TIDEMILL_OK;
}

static const tidemill_authorizer authorizer = {.struct_size = sizeof authorizer,
                                               .authorize = authorize};
static const tidemill_kind kinds[] = {{TIDEMILL_AUTHORIZER, &authorizer}};
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("allows_by_accident"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
