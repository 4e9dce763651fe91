#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string_view>

#include "tidemill/authenticator.h"
#include "tidemill/batch.hpp"
#include "tidemill/life.hpp"

namespace tidemill::sdk {

/// What a step comes to. Also for completing a step later, from another thread: make one, give it
/// room for the answer, fill it, hand `raw()` to host::complete().
class authentication {
 public:
  explicit authentication(tidemill_authentication* raw) noexcept : raw_(raw) {}

  /// Who it is, a "User" by default. False if the name is too long.
  [[nodiscard]] bool principal(std::string_view name, std::string_view type = "User") noexcept {
    if (name.size() > sizeof raw_->principal_name || type.size() > sizeof raw_->principal_type) {
      return false;
    }
    std::copy_n(name.data(), name.size(), raw_->principal_name);
    std::copy_n(type.data(), type.size(), raw_->principal_type);
    raw_->principal_name_size = static_cast<std::uint32_t>(name.size());
    raw_->principal_type_size = static_cast<std::uint32_t>(type.size());
    return true;
  }
  void expires_ms(std::int64_t since_1970) noexcept { raw_->expires_ms = since_1970; }

  /// Sends `text` to the client: OK, or NO_SPACE with the size that is needed.
  [[nodiscard]] tidemill_status answer(std::string_view text) noexcept {
    tidemill_buffer& room = raw_->answer;
    if (room.capacity < text.size()) {
      room.size = text.size();
      return TIDEMILL_NO_SPACE;
    }
    std::copy_n(text.data(), text.size(), reinterpret_cast<char*>(room.data));
    room.size = text.size();
    return TIDEMILL_OK;
  }
  [[nodiscard]] tidemill_authentication* raw() const noexcept { return raw_; }

 private:
  tidemill_authentication* raw_;
};

/// A class is a SASL mechanism if it has `static constexpr const char* mechanism` and a type
/// `session`, made as session(Target&, const client&) where Target is what calls go to (its
/// `shard`, or the constant instance), with
///   step(std::string_view message, authentication&) -> outcome, or
///   step(std::string_view message, tidemill_token, authentication&) -> outcome where it may be
///   PENDING
/// `static constexpr bool secret_in_clear = true` keeps it to encrypted connections.
template <class Plugin>
concept authenticator = requires {
  { Plugin::mechanism } -> std::convertible_to<const char*>;
} && std::constructible_from<typename Plugin::session, called_t<Plugin>&, const client&>;

template <authenticator Plugin>
struct authenticator_table {
  using session = typename Plugin::session;

  static tidemill_status begin(tidemill_shard* shard, const tidemill_client* who,
                               tidemill_session** handle, tidemill_error* why) noexcept {
    return guarded(why, [&] {
      *handle =
          reinterpret_cast<tidemill_session*>(new session(target<Plugin>(shard), client(who)));
    });
  }

  static tidemill_status step(tidemill_session* handle, tidemill_bytes message,
                              [[maybe_unused]] tidemill_token token, tidemill_authentication* into,
                              tidemill_error* why) noexcept {
    return guarded(why, [&]() -> outcome {
      auto& exchange = *reinterpret_cast<session*>(handle);
      authentication what(into);
      if constexpr (requires { exchange.step(std::string_view{}, what); }) {
        return exchange.step(bytes(message).text(), what);
      } else {
        return exchange.step(bytes(message).text(), token, what);
      }
    });
  }

  static void end(tidemill_session* handle) noexcept { delete reinterpret_cast<session*>(handle); }

  static consteval std::uint32_t flags() {
    std::uint32_t all = flags_of<Plugin>(false);
    if constexpr (requires { Plugin::secret_in_clear; }) {
      all |= Plugin::secret_in_clear ? TIDEMILL_NEEDS_ENCRYPTION : 0;
    }
    return all;
  }

  static constexpr tidemill_authenticator value = {
      .struct_size = sizeof(tidemill_authenticator),
      .flags = flags(),
      .mechanism = Plugin::mechanism,
      .begin = begin,
      .step = step,
      .end = end,
  };
};

}  // namespace tidemill::sdk
