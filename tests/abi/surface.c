/* A library whose one function takes every table and view of the stable ABI, for abidiff to walk.
 */
#include "tidemill/authenticator.h"
#include "tidemill/authorizer.h"
#include "tidemill/batch.h"
#include "tidemill/codec.h"
#include "tidemill/host.h"
#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"
#include "tidemill/retention.h"
#include "tidemill/transform.h"

__attribute__((visibility("default"))) void tidemill_abi_surface(
    const tidemill_plugin* plugin, const tidemill_config_key* key, const tidemill_kind* kind,
    const tidemill_host* host, const tidemill_host_log* log, const tidemill_host_memory* memory,
    const tidemill_host_clock* clock, const tidemill_host_metrics* metrics,
    const tidemill_host_completion* completion, const tidemill_host_config* config,
    const tidemill_config_value* value, const tidemill_partitioner* partitioner,
    const tidemill_transform* transform, const tidemill_rejections* rejections,
    const tidemill_retention* retention, const tidemill_log* view, const tidemill_codec* codec,
    const tidemill_stream_options* options, const tidemill_authenticator* authenticator,
    const tidemill_authentication* authentication, const tidemill_authorizer* authorizer,
    const tidemill_actions* actions, const tidemill_batch* batch, const tidemill_error* error);

void tidemill_abi_surface(
    const tidemill_plugin* plugin, const tidemill_config_key* key, const tidemill_kind* kind,
    const tidemill_host* host, const tidemill_host_log* log, const tidemill_host_memory* memory,
    const tidemill_host_clock* clock, const tidemill_host_metrics* metrics,
    const tidemill_host_completion* completion, const tidemill_host_config* config,
    const tidemill_config_value* value, const tidemill_partitioner* partitioner,
    const tidemill_transform* transform, const tidemill_rejections* rejections,
    const tidemill_retention* retention, const tidemill_log* view, const tidemill_codec* codec,
    const tidemill_stream_options* options, const tidemill_authenticator* authenticator,
    const tidemill_authentication* authentication, const tidemill_authorizer* authorizer,
    const tidemill_actions* actions, const tidemill_batch* batch, const tidemill_error* error) {
  const void* all[] = {plugin,     key,         kind,      host,          log,
                       memory,     clock,       metrics,   completion,    config,
                       value,      partitioner, transform, rejections,    retention,
                       view,       codec,       options,   authenticator, authentication,
                       authorizer, actions,     batch,     error};
  __asm__ volatile("" : : "r"(all) : "memory");
}

/* The values that may never change. */
__attribute__((visibility("default"))) void tidemill_abi_frozen(const tidemill_bytes* bytes,
                                                                const tidemill_buffer* buffer,
                                                                const tidemill_uuid* uuid,
                                                                const tidemill_config_value* value,
                                                                const tidemill_kind* kind);

void tidemill_abi_frozen(const tidemill_bytes* bytes, const tidemill_buffer* buffer,
                         const tidemill_uuid* uuid, const tidemill_config_value* value,
                         const tidemill_kind* kind) {
  const void* all[] = {bytes, buffer, uuid, value, kind};
  __asm__ volatile("" : : "r"(all) : "memory");
}
