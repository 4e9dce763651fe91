#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tidemill/authenticator.hpp"
#include "tidemill/authorizer.hpp"
#include "tidemill/batch.hpp"
#include "tidemill/codec.hpp"
#include "tidemill/host.hpp"
#include "tidemill/life.hpp"
#include "tidemill/partitioner.hpp"
#include "tidemill/plugin.h"
#include "tidemill/retention.hpp"
#include "tidemill/transform.hpp"
#include "tidemill/values.hpp"

/// All that a plugin in C++20 needs. One class, whose methods say which kinds it implements
/// (partitioner.hpp, transform.hpp, retention.hpp, codec.hpp, authenticator.hpp, authorizer.hpp),
/// and one macro:
///
///   class vip {
///    public:
///     static constexpr tidemill::sdk::about about{"vip", "1.0.0", "Apache-2.0", "One sentence."};
///     std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const;
///   };
///   TIDEMILL_PLUGIN(vip)
///
/// An object of the class is an instance: made by its constructor, vip() or vip(const host&), from
/// the configuration, whose keys it declares as `static constexpr tidemill_config_key keys[] =
/// {...}`. It is shared by all shards, so its methods are constant. What a call changes lies in a
/// nested `struct shard`, made as shard(vip&) or shard(vip&, index), which then has the kinds'
/// methods.
namespace tidemill::sdk {

template <class Plugin>
consteval std::size_t kind_count() {
  return std::size_t{partitioner<Plugin>} + std::size_t{transform<Plugin>} +
         std::size_t{retention<Plugin>} + std::size_t{codec<Plugin>} +
         std::size_t{authenticator<Plugin>} + std::size_t{authorizer<Plugin>};
}

template <class Plugin>
consteval auto kinds_of() {
  static_assert(kind_count<Plugin>() > 0,
                "the class has no method of any kind: is one missing, misspelt or not constant?");
  std::array<tidemill_kind, kind_count<Plugin>()> kinds{};
  std::size_t next = 0;
  if constexpr (partitioner<Plugin>) {
    kinds[next++] = {TIDEMILL_PARTITIONER, &partitioner_table<Plugin>::value};
  }
  if constexpr (transform<Plugin>) {
    kinds[next++] = {TIDEMILL_TRANSFORM, &transform_table<Plugin>::value};
  }
  if constexpr (retention<Plugin>) {
    kinds[next++] = {TIDEMILL_RETENTION, &retention_table<Plugin>::value};
  }
  if constexpr (codec<Plugin>) {
    kinds[next++] = {TIDEMILL_CODEC, &codec_table<Plugin>::value};
  }
  if constexpr (authenticator<Plugin>) {
    kinds[next++] = {TIDEMILL_AUTHENTICATOR, &authenticator_table<Plugin>::value};
  }
  if constexpr (authorizer<Plugin>) {
    kinds[next++] = {TIDEMILL_AUTHORIZER, &authorizer_table<Plugin>::value};
  }
  return kinds;
}

template <class Plugin>
struct kinds {
  static constexpr auto value = kinds_of<Plugin>();
};

template <class Plugin>
consteval tidemill_plugin describe() {
  tidemill_plugin made{};
  made.magic = TIDEMILL_PLUGIN_MAGIC;
  made.struct_size = sizeof(tidemill_plugin);
  made.abi_major = TIDEMILL_ABI_MAJOR;
  made.abi_minor = TIDEMILL_ABI_MINOR;
  made.name = Plugin::about.name;
  made.version = Plugin::about.version;
  made.licence = Plugin::about.licence;
  made.summary = Plugin::about.summary;
  made.kinds = kinds<Plugin>::value.data();
  made.kind_count = static_cast<std::uint32_t>(kinds<Plugin>::value.size());
  made.config_key_size = sizeof(tidemill_config_key);
  if constexpr (requires { Plugin::keys; }) {
    made.config_keys = std::data(Plugin::keys);
    made.config_key_count = static_cast<std::uint32_t>(std::size(Plugin::keys));
  }
  made.create = life<Plugin>::create;
  made.destroy = life<Plugin>::destroy;
  if constexpr (has_shard<Plugin>) {
    made.shard_open = life<Plugin>::shard_open;
    made.shard_close = life<Plugin>::shard_close;
  }
  if constexpr (has_fingerprint<Plugin>) {
    made.fingerprint = life<Plugin>::fingerprint;
  }
  return made;
}

}  // namespace tidemill::sdk

/// Makes the class the plugin of this file. At global scope, once, behind the class.
#define TIDEMILL_PLUGIN(class_name)                               \
  extern "C" constinit const tidemill_plugin tidemill_plugin_v1 = \
      ::tidemill::sdk::describe<class_name>();
