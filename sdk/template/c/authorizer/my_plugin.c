#include <tidemill/authorizer.h>
#include <tidemill/plugin.h>

/* Everybody may read; about all else it has no opinion, and without any opinion the answer is no.
 */
static tidemill_status authorize(tidemill_shard* shard, const tidemill_client* client,
                                 const tidemill_actions* actions, tidemill_token token,
                                 uint8_t* decisions, tidemill_error* error) {
  (void)shard;
  (void)client;
  (void)token;
  (void)error;
  for (uint32_t i = 0; i < actions->action_count; ++i) {
    decisions[i] =
        actions->operations[i] == TIDEMILL_OPERATION_READ ? TIDEMILL_ALLOW : TIDEMILL_NO_OPINION;
  }
  return TIDEMILL_OK;
}

static const tidemill_authorizer authorizer = {
    .struct_size = sizeof authorizer,
    .authorize = authorize,
};
static const tidemill_kind kinds[] = {{TIDEMILL_AUTHORIZER, &authorizer}};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "my_plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .summary = "Says what it does.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
