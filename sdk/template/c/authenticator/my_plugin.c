#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemill/authenticator.h>
#include <tidemill/plugin.h>

/* One message, "name:password". Whoever answers DONE says who it is; anything else is no login. */
struct tidemill_instance {
  tidemill_bytes password; /* of the configuration, which lives as long as the instance */
};

static void say(tidemill_error* error, const char* sentence) {
  error->message_size = (uint32_t)snprintf(error->message, sizeof error->message, "%s", sentence);
}

static tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                              tidemill_error* error) {
  const tidemill_host_config* config = host->extension(host, TIDEMILL_HOST_CONFIG);
  tidemill_config_value password;
  if (config == NULL || config->get(host, "password", 0, &password) != TIDEMILL_OK ||
      password.text.size == 0) {
    say(error, "password: is empty");
    return TIDEMILL_CONFIG;
  }
  *instance = malloc(sizeof **instance);
  if (*instance == NULL) {
    return TIDEMILL_NO_MEMORY;
  }
  (*instance)->password = password.text;
  return TIDEMILL_OK;
}

static void destroy(tidemill_instance* instance) {
  free(instance);
}

/* An exchange has nothing to remember. Without shard_open() calls get the instance, cast. */
static tidemill_status begin(tidemill_shard* shard, const tidemill_client* client,
                             tidemill_session** session, tidemill_error* error) {
  (void)client;
  (void)error;
  *session = (tidemill_session*)shard;
  return TIDEMILL_OK;
}

static tidemill_status step(tidemill_session* session, tidemill_bytes message, tidemill_token token,
                            tidemill_authentication* outcome, tidemill_error* error) {
  const tidemill_bytes password = ((const tidemill_instance*)session)->password;
  const uint8_t* colon = message.size == 0 ? NULL : memchr(message.data, ':', message.size);
  const size_t name_size = colon == NULL ? 0 : (size_t)(colon - message.data);
  (void)token;
  if (name_size == 0 || name_size > sizeof outcome->principal_name ||
      message.size - name_size - 1 != password.size ||
      memcmp(colon + 1, password.data, password.size) != 0) {
    say(error, "wrong name or password");
    return TIDEMILL_DENIED;
  }
  memcpy(outcome->principal_name, message.data, name_size);
  outcome->principal_name_size = (uint32_t)name_size;
  return TIDEMILL_DONE;
}

static void end(tidemill_session* session) {
  (void)session;
}

static const tidemill_authenticator authenticator = {
    .struct_size = sizeof authenticator,
    .flags = TIDEMILL_NEEDS_ENCRYPTION,
    .mechanism = "X-MY-PLUGIN",
    .begin = begin,
    .step = step,
    .end = end,
};
static const tidemill_kind kinds[] = {{TIDEMILL_AUTHENTICATOR, &authenticator}};
static const tidemill_config_key keys[] = {
    {"password", TIDEMILL_TYPE_TEXT, TIDEMILL_KEY_SECRET, "change me",
     "What everybody has to know."},
};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "my_plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .summary = "Says what it does.",
    TIDEMILL_PLUGIN_KINDS(kinds),
    TIDEMILL_PLUGIN_CONFIG_KEYS(keys),
    .create = create,
    .destroy = destroy,
};
