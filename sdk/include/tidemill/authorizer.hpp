#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tidemill/authorizer.h"
#include "tidemill/batch.hpp"
#include "tidemill/life.hpp"

namespace tidemill::sdk {

/// One thing that a client wants to do.
struct action {
  std::uint16_t operation;
  std::uint16_t resource_type;
  std::string_view resource_name;
};

/// What a client wants to do with one request.
class actions {
 public:
  explicit actions(const tidemill_actions* raw) noexcept : raw_(raw) {}
  [[nodiscard]] std::uint32_t size() const noexcept { return raw_->action_count; }
  [[nodiscard]] action operator[](std::uint32_t index) const noexcept {
    return {raw_->operations[index], raw_->resource_types[index],
            bytes(raw_->resource_names[index]).text()};
  }

 private:
  const tidemill_actions* raw_;
};

/// A class is an authorizer if it, or its `shard`, has one of
///   authorize(const client&, const action&) -> std::uint8_t, TIDEMILL_ALLOW and so on
///   authorize(const client&, const actions&, tidemill_token, std::span<std::uint8_t>) -> outcome
/// `std::uint64_t policy_epoch() const` of the class lets the broker remember decisions.
template <class Target>
concept authorizes_actions = requires(Target& target, const client& who, const action& what) {
  { target.authorize(who, what) } -> std::same_as<std::uint8_t>;
};
template <class Target>
concept authorizes_requests =
    requires(Target& target, const client& who, const actions& what, std::span<std::uint8_t> into) {
      { target.authorize(who, what, tidemill_token{}, into) } -> std::convertible_to<outcome>;
    };
template <class Plugin>
concept authorizer = authorizes_actions<called_t<Plugin>> || authorizes_requests<called_t<Plugin>>;

template <authorizer Plugin>
struct authorizer_table {
  static tidemill_status authorize(tidemill_shard* shard, const tidemill_client* who,
                                   const tidemill_actions* raw,
                                   [[maybe_unused]] tidemill_token token, std::uint8_t* decisions,
                                   tidemill_error* why) noexcept {
    return guarded(why, [&]() -> outcome {
      auto& judge = target<Plugin>(shard);
      const actions wanted(raw);
      if constexpr (authorizes_requests<called_t<Plugin>>) {
        return judge.authorize(client(who), wanted, token, std::span(decisions, wanted.size()));
      } else {
        for (std::uint32_t i = 0; i < wanted.size(); ++i) {
          decisions[i] = judge.authorize(client(who), wanted[i]);
        }
        return TIDEMILL_OK;
      }
    });
  }

  static consteval auto policy_epoch() -> std::uint64_t (*)(const tidemill_instance*) {
    if constexpr (requires(const Plugin& plugin) {
                    { plugin.policy_epoch() } -> std::same_as<std::uint64_t>;
                  }) {
      return [](const tidemill_instance* instance) noexcept -> std::uint64_t {
        return target<Plugin>(instance).policy_epoch();
      };
    } else {
      return nullptr;
    }
  }

  static constexpr tidemill_authorizer value = {
      .struct_size = sizeof(tidemill_authorizer),
      .flags = flags_of<Plugin>(false),
      .authorize = authorize,
      .policy_epoch = policy_epoch(),
  };
};

}  // namespace tidemill::sdk
