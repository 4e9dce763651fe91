#include "record/record_text.hpp"

namespace tidemill::cli {
namespace {

/// How many bytes follow the first of a character, and the lowest code point that needs so many;
/// -1 for a byte that begins none.
struct utf8_lead {
  int following = -1;
  std::uint32_t bits = 0;
  std::uint32_t lowest = 0;
};

utf8_lead lead_of(unsigned char first) noexcept {
  if (first < 0x80) {
    return {0, first, 0};
  }
  if ((first & 0xE0U) == 0xC0) {
    return {1, first & 0x1FU, 0x80};
  }
  if ((first & 0xF0U) == 0xE0) {
    return {2, first & 0x0FU, 0x800};
  }
  if ((first & 0xF8U) == 0xF0) {
    return {3, first & 0x07U, 0x10000};
  }
  return {};
}

boost::json::value json_of(const std::optional<std::string_view>& bytes) {
  if (!bytes) {
    return nullptr;
  }
  if (is_utf8(*bytes)) {
    return boost::json::value(*bytes);
  }
  return boost::json::object{{"base64", base64_of(*bytes)}};
}

problem refused(const std::string& what) {
  return {what, R"(a record is {"key": "k", "value": "v", "headers": {"name": "text"}, )"
                R"("partition": 0, "timestamp": 1764331200000}, all of them optional)"};
}

/// False when it cannot be understood.
bool read_bytes(const boost::json::value& from, std::optional<std::string>& to) {
  if (from.is_null()) {
    to.reset();
    return true;
  }
  if (const auto* text = from.if_string()) {
    to = std::string(*text);
    return true;
  }
  const auto* const object = from.if_object();
  const auto* const coded =
      object == nullptr || object->size() != 1 ? nullptr : object->if_contains("base64");
  if (coded != nullptr && coded->is_string()) {
    to = bytes_of_base64(coded->get_string());
    return to.has_value();
  }
  to = boost::json::serialize(from);
  return true;
}

bool read_headers(const boost::json::value& from, new_record& to) {
  if (const auto* object = from.if_object()) {
    for (const auto& [name, value] : *object) {
      if (!read_bytes(value, to.headers.emplace_back(std::string(name), std::nullopt).second)) {
        return false;
      }
    }
    return true;
  }
  const auto* const list = from.if_array();
  if (list == nullptr) {
    return from.is_null();
  }
  for (const auto& pair : *list) {
    const auto* const two = pair.if_array();
    if (two == nullptr || two->size() != 2 || !(*two)[0].is_string()) {
      return false;
    }
    auto& header = to.headers.emplace_back(std::string((*two)[0].get_string()), std::nullopt);
    if (!read_bytes((*two)[1], header.second)) {
      return false;
    }
  }
  return true;
}

/// Numbers that say where and when; -1 and above.
bool read_number(const boost::json::value& from, std::int64_t largest, std::int64_t& to) {
  const auto* const number = from.if_int64();
  if (number == nullptr || *number < -1 || *number > largest) {
    return false;
  }
  to = *number;
  return true;
}

bool read_field(std::string_view name, const boost::json::value& value, new_record& to) {
  constexpr std::int64_t largest_partition = std::numeric_limits<std::int32_t>::max();
  std::int64_t partition = to.partition;
  if (name == "key") {
    return read_bytes(value, to.key);
  }
  if (name == "value") {
    return read_bytes(value, to.value);
  }
  if (name == "headers") {
    return read_headers(value, to);
  }
  if (name == "timestamp") {
    return read_number(value, std::numeric_limits<std::int64_t>::max(), to.timestamp_ms);
  }
  if (name == "partition") {
    const bool done = read_number(value, largest_partition, partition);
    to.partition = static_cast<std::int32_t>(partition);
    return done;
  }
  // What `consume --json` prints goes back in: where it came from does not matter.
  return name == "topic" || name == "offset";
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    utf8_lead lead = lead_of(static_cast<unsigned char>(text[at++]));
    if (lead.following < 0) {
      return false;
    }
    for (int left = lead.following; left > 0; --left) {
      const std::uint32_t next = at < text.size() ? static_cast<unsigned char>(text[at++]) : 0U;
      if ((next & 0xC0U) != 0x80) {
        return false;
      }
      lead.bits = (lead.bits << 6U) | (next & 0x3FU);
    }
    const bool is_surrogate = lead.bits >= 0xD800 && lead.bits <= 0xDFFF;
    if (lead.bits < lead.lowest || lead.bits > 0x10FFFF || is_surrogate) {
      return false;
    }
  }
  return true;
}

boost::json::object json_of(const record_view& record) {
  boost::json::array headers;
  for (const auto& [name, value] : record.headers) {
    headers.push_back(boost::json::array{boost::json::value(name), json_of(value)});
  }
  return {{"topic", record.topic},        {"partition", record.partition},
          {"offset", record.offset},      {"timestamp", record.timestamp_ms},
          {"key", json_of(record.key)},   {"value", json_of(record.value)},
          {"headers", std::move(headers)}};
}

outcome<new_record> record_of_json(std::string_view line) {
  boost::system::error_code why;
  const auto parsed = boost::json::parse(boost::json::string_view(line.data(), line.size()), why);
  if (why) {
    return refused("no JSON: " + why.message());
  }
  const auto* const object = parsed.if_object();
  if (object == nullptr) {
    return refused("found JSON that is no object");
  }
  new_record made;
  for (const auto& [name, value] : *object) {
    if (!read_field(std::string_view(name.data(), name.size()), value, made)) {
      return refused("field \"" + std::string(name) + "\": found " + boost::json::serialize(value) +
                     ", which does not fit");
    }
  }
  return made;
}

}  // namespace tidemill::cli
