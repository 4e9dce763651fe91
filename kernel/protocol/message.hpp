#pragma once

#include <concepts>
#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "protocol/errc.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace tidemill::protocol {

/// What every generated message is: a plain struct with its versions, and two functions found
/// beside it. `version_last` exceeds `version_max` where the newest version is not stable yet.
template <class T>
concept message = requires(reader& from, writer& to, T& value, const T& constant) {
  { T::version_min } -> std::convertible_to<std::int16_t>;
  { T::version_max } -> std::convertible_to<std::int16_t>;
  { T::version_last } -> std::convertible_to<std::int16_t>;
  { T::is_flexible(std::int16_t{}) } -> std::convertible_to<bool>;
  read_message(from, value, std::int16_t{});
  write_message(to, constant, std::int16_t{});
};

template <message Message>
[[nodiscard]] constexpr bool has_version(api_version version) noexcept {
  return version.value() >= Message::version_min && version.value() <= Message::version_last;
}

/// Reads a message and leaves the reader behind it. The strings, bytes and records of the result
/// are views of the reader's bytes.
template <message Message>
[[nodiscard]] result<Message> decode(reader& from, api_version version) {
  if (!has_version<Message>(version)) {
    return make_error_code(errc::unsupported_version);
  }
  result<Message> decoded{Message{}};
  read_message(from, *decoded, version.value());
  if (from.failed()) {
    return make_error_code(from.error());
  }
  return decoded;
}

/// Reads a message that is the whole of `body`; the views in the result borrow from `body`.
template <message Message>
[[nodiscard]] result<Message> decode(bytes_view body, api_version version) {
  reader from(body);
  auto decoded = decode<Message>(from, version);
  if (decoded && from.size_left() != 0) {
    return make_error_code(errc::trailing_bytes);
  }
  return decoded;
}

/// Writes a message. What its views refer to must be alive now, and not later: all but external
/// records is copied. After an error the writer's content is of no use.
template <message Message>
[[nodiscard]] result<void> encode(writer& to, const Message& value, api_version version) {
  if (!has_version<Message>(version)) {
    to.fail(errc::unsupported_version);
  } else {
    write_message(to, value, version.value());
  }
  if (to.failed()) {
    return make_error_code(to.error());
  }
  return {};
}

}  // namespace tidemill::protocol
