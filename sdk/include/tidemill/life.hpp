#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "tidemill/host.hpp"
#include "tidemill/plugin.h"
#include "tidemill/values.hpp"

namespace tidemill::sdk {

/// Name, version, licence (SPDX) and one sentence: `static constexpr about about{...}`.
struct about {
  const char* name;
  const char* version;
  const char* licence;
  const char* summary;
};

template <class Plugin>
concept has_shard = requires { typename Plugin::shard; };

template <class Plugin>
concept has_fingerprint = requires(const Plugin& plugin) {
  { plugin.fingerprint() } -> std::same_as<std::uint64_t>;
};

/// What calls go to: the shard state if the class has one (`struct shard`, made as shard(Plugin&)
/// or shard(Plugin&, index)), else the instance itself, constant because all shards share it.
template <class Plugin>
struct called {
  using type = const Plugin;
};
template <has_shard Plugin>
struct called<Plugin> {
  using type = typename Plugin::shard;
};
template <class Plugin>
using called_t = typename called<Plugin>::type;

/// The object behind the handle that a call brings.
template <class Plugin>
[[nodiscard]] called_t<Plugin>& target(tidemill_shard* handle) noexcept {
  return *reinterpret_cast<called_t<Plugin>*>(handle);
}
template <class Plugin>
[[nodiscard]] const Plugin& target(const tidemill_instance* handle) noexcept {
  return *reinterpret_cast<const Plugin*>(handle);
}

template <class Plugin>
consteval std::uint32_t flags_of(bool deterministic_unless_said) {
  bool deterministic = deterministic_unless_said;
  if constexpr (requires { Plugin::deterministic; }) {
    deterministic = Plugin::deterministic;
  }
  std::uint32_t flags = deterministic ? TIDEMILL_DETERMINISTIC : 0;
  if constexpr (requires { Plugin::may_block; }) {
    flags |= Plugin::may_block ? TIDEMILL_MAY_BLOCK : 0;
  }
  return flags;
}

template <class Plugin>
consteval std::uint32_t needs_of(std::uint32_t unless_said) {
  if constexpr (requires { Plugin::needs; }) {
    return Plugin::needs;
  } else {
    return unless_said;
  }
}

/// `std::uint32_t instance_needs() const` of a class narrows what it declares.
template <class Plugin>
consteval auto instance_needs_of() -> std::uint32_t (*)(const tidemill_instance*) {
  if constexpr (requires(const Plugin& plugin) {
                  { plugin.instance_needs() } -> std::same_as<std::uint32_t>;
                }) {
    return [](const tidemill_instance* instance) noexcept -> std::uint32_t {
      return target<Plugin>(instance).instance_needs();
    };
  } else {
    return nullptr;
  }
}

/// The functions of tidemill_plugin, made from a class.
template <class Plugin>
struct life {
  static tidemill_status create(const tidemill_host* from, tidemill_instance** instance,
                                tidemill_error* why) noexcept {
    return guarded(why, [&]() -> outcome {
      Plugin* made = nullptr;
      if constexpr (std::constructible_from<Plugin, const host&>) {
        made = new Plugin(host(from));
      } else {
        made = new Plugin();
      }
      *instance = reinterpret_cast<tidemill_instance*>(made);
      return TIDEMILL_OK;
    });
  }

  static void destroy(tidemill_instance* instance) noexcept {
    delete reinterpret_cast<Plugin*>(instance);
  }

  static tidemill_status shard_open(tidemill_instance* instance, std::uint32_t index,
                                    tidemill_shard** shard, tidemill_error* why) noexcept
    requires has_shard<Plugin>
  {
    return guarded(why, [&]() -> outcome {
      auto& plugin = *reinterpret_cast<Plugin*>(instance);
      typename Plugin::shard* made = nullptr;
      if constexpr (std::constructible_from<typename Plugin::shard, Plugin&, std::uint32_t>) {
        made = new typename Plugin::shard(plugin, index);
      } else {
        made = new typename Plugin::shard(plugin);
      }
      *shard = reinterpret_cast<tidemill_shard*>(made);
      return TIDEMILL_OK;
    });
  }

  static void shard_close(tidemill_shard* shard) noexcept
    requires has_shard<Plugin>
  {
    delete &target<Plugin>(shard);
  }

  static std::uint64_t fingerprint(const tidemill_instance* instance) noexcept
    requires has_fingerprint<Plugin>
  {
    return target<Plugin>(instance).fingerprint();
  }
};

}  // namespace tidemill::sdk
