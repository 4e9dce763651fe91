#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "protocol/error.hpp"
#include "protocol/message.hpp"

namespace tidemill::protocol {

[[nodiscard]] std::string to_base64(bytes_view bytes);
[[nodiscard]] std::optional<byte_buffer> from_base64(std::string_view text);

/// Keeps the bytes that a message read from JSON refers to, and whether all of it was understood.
class json_arena {
 public:
  bytes_view keep(std::optional<byte_buffer> bytes) {
    require(bytes.has_value());
    return bytes ? bytes_view(kept_.emplace_back(std::move(*bytes))) : bytes_view{};
  }
  void require(bool condition) { good_ = good_ && condition; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::deque<byte_buffer> kept_;
  bool good_ = true;
};

/// One message type, by way of JSON in the form of the vectors.
struct json_codec {
  std::int16_t version_min;
  std::int16_t version_max;
  /// Bytes to JSON.
  std::function<result<boost::json::value>(bytes_view, api_version)> decode;
  /// JSON to bytes; nullopt when the JSON holds what the struct does not.
  std::function<std::optional<result<encoded_message>>(const boost::json::value&, api_version)>
      encode;
};
using json_codec_map = std::map<std::string, json_codec, std::less<>>;

/// By the protocol's own name: "ProduceRequest", "OffsetCommitKey", "RequestHeader".
const json_codec_map& json_codecs();

// --- to JSON; json_of() of the generated structs is found by argument ----------------------------

template <std::integral T>
boost::json::value json_of(T value, std::int16_t) {
  return boost::json::value(value);
}
inline boost::json::value json_of(double value, std::int16_t) {
  return value;
}
template <class Rep, class Tag>
boost::json::value json_of(strong<Rep, Tag> value, std::int16_t) {
  return value.value();
}
inline boost::json::value json_of(wire_error value, std::int16_t) {
  return static_cast<std::int16_t>(value);
}
inline boost::json::value json_of(const uuid& value, std::int16_t) {
  return boost::json::value(to_string(value));
}
inline boost::json::value json_of(std::string_view value, std::int16_t) {
  return boost::json::value(boost::json::string_view(value.data(), value.size()));
}
inline boost::json::value json_of(bytes_view value, std::int16_t) {
  return boost::json::value(to_base64(value));
}
inline boost::json::value json_of(const records& value, std::int16_t version) {
  return json_of(value.bytes, version);
}
template <class T>
boost::json::value json_of(const std::vector<T>& values, std::int16_t version) {
  boost::json::array out;
  for (const T& value : values) {
    out.push_back(json_of(value, version));
  }
  return out;
}
template <class T>
boost::json::value json_of(const std::optional<T>& value, std::int16_t version) {
  return value ? json_of(*value, version) : boost::json::value(nullptr);
}

// --- from JSON -----------------------------------------------------------------------------------

template <std::integral T>
void read_json(const boost::json::value& from, T& to, json_arena&) {
  if constexpr (std::same_as<T, bool>) {
    to = from.as_bool();
  } else {
    to = from.to_number<T>();
  }
}
inline void read_json(const boost::json::value& from, double& to, json_arena&) {
  to = from.to_number<double>();
}
template <class Rep, class Tag>
void read_json(const boost::json::value& from, strong<Rep, Tag>& to, json_arena&) {
  to = strong<Rep, Tag>{from.to_number<Rep>()};
}
inline void read_json(const boost::json::value& from, wire_error& to, json_arena&) {
  to = static_cast<wire_error>(from.to_number<std::int16_t>());
}
inline void read_json(const boost::json::value& from, std::string_view& to, json_arena&) {
  to = std::string_view(from.as_string().data(), from.as_string().size());
}
inline void read_json(const boost::json::value& from, uuid& to, json_arena& arena) {
  std::string_view text;
  read_json(from, text, arena);
  const auto parsed = parse_uuid(text);
  arena.require(parsed.has_value());
  to = parsed.value_or(uuid{});
}
inline void read_json(const boost::json::value& from, bytes_view& to, json_arena& arena) {
  std::string_view text;
  read_json(from, text, arena);
  to = arena.keep(from_base64(text));
}
inline void read_json(const boost::json::value& from, records& to, json_arena& arena) {
  read_json(from, to.bytes, arena);
}
template <class T>
void read_json(const boost::json::value& from, std::vector<T>& to, json_arena& arena) {
  to.resize(from.as_array().size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    read_json(from.as_array()[i], to[i], arena);
  }
}
template <class T>
void read_json(const boost::json::value& from, std::optional<T>& to, json_arena& arena) {
  if (from.is_null()) {
    to.reset();
  } else {
    read_json(from, to.emplace(), arena);
  }
}
template <class T>
std::size_t read_member(const boost::json::value& from, boost::json::string_view name, T& to,
                        json_arena& arena) {
  const boost::json::value* const member = from.as_object().if_contains(name);
  if (member == nullptr) {
    return 0;
  }
  read_json(*member, to, arena);
  return 1;
}

template <message Message>
json_codec make_json_codec() {
  return {Message::version_min, Message::version_max,
          [](bytes_view body, api_version version) -> result<boost::json::value> {
            TIDEMILL_TRY_ASSIGN(decoded, protocol::decode<Message>(body, version));
            return json_of(decoded, version.value());
          },
          [](const boost::json::value& json,
             api_version version) -> std::optional<result<encoded_message>> {
            json_arena arena;
            Message value;
            read_json(json, value, arena);
            if (!arena.good()) {
              return std::nullopt;
            }
            writer to;
            if (const auto written = protocol::encode(to, value, version); !written) {
              return result<encoded_message>(written.error());
            }
            return to.finish();
          }};
}

}  // namespace tidemill::protocol
