#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "groups/core/errc.hpp"
#include "protocol/message.hpp"

namespace tidemill::groups {

/// A key or value of the offsets topic: its kind or version, then the message.
template <protocol::message Message>
[[nodiscard]] result<byte_buffer> encode_as(std::int16_t first, const Message& message,
                                            std::int16_t version) {
  protocol::writer to;
  to.integer(first);
  if (!protocol::encode(to, message, api_version{version})) {
    return make_error_code(errc::record_too_large);
  }
  auto encoded = to.finish();
  if (!encoded) {
    return make_error_code(errc::record_too_large);
  }
  return std::move(encoded->bytes);
}

template <protocol::message Message>
[[nodiscard]] result<byte_buffer> encode_key(std::int16_t kind, const Message& key) {
  return encode_as(kind, key, 0);
}
template <protocol::message Message>
[[nodiscard]] result<byte_buffer> encode_value(std::int16_t version, const Message& value) {
  return encode_as(version, value, version);
}

template <protocol::message Message>
[[nodiscard]] result<Message> decode_value(bytes_view value) {
  protocol::reader from(value);
  const auto version = from.integer<std::int16_t>();
  if (from.failed()) {
    return make_error_code(errc::record_malformed);
  }
  return protocol::decode<Message>(from, api_version{version});
}

[[nodiscard]] inline std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace tidemill::groups
