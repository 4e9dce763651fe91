#include <string.h>

#include "good.h"
#include "tidemill/authenticator.h"

static tidemill_status begin(tidemill_shard* shard, const tidemill_client* client,
                             tidemill_session** session, tidemill_error* error) {
  (void)shard;
  (void)client;
  (void)error;
  *session = NULL;
  return TIDEMILL_OK;
}
/* Whoever says something is who he says. */
static tidemill_status step(tidemill_session* session, tidemill_bytes message, tidemill_token token,
                            tidemill_authentication* outcome, tidemill_error* error) {
  (void)session;
  (void)token;
  (void)error;
  if (message.size == 0 || message.size > sizeof outcome->principal_name) {
    return TIDEMILL_DENIED;
  }
  memcpy(outcome->principal_name, message.data, message.size);
  outcome->principal_name_size = (uint32_t)message.size;
  return TIDEMILL_DONE;
}
static void end(tidemill_session* session) {
  (void)session;
}

static const tidemill_authenticator authenticator = {.struct_size = sizeof authenticator,
                                                     .mechanism = "X-ANYONE",
                                                     .begin = begin,
                                                     .step = step,
                                                     .end = end};
static const tidemill_kind kinds[] = {{TIDEMILL_AUTHENTICATOR, &authenticator}};
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("lets_anyone_in"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
