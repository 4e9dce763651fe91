#include "test_batches.hpp"

#include <array>
#include <boost/json/src.hpp>
#include <fstream>
#include <stdexcept>

#include "record/batch_builder.hpp"
#include "record/batch_view.hpp"

namespace tidemill::record::testing {
namespace {

unsigned nibble(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

std::vector<kafka_case> read_kafka_cases() {
  std::ifstream file(TIDEMILL_SOURCE_DIRECTORY "/tests/data/record-batches.jsonl");
  std::vector<kafka_case> cases;
  for (std::string line; std::getline(file, line);) {
    const auto object = boost::json::parse(line).as_object();
    cases.push_back({std::string(object.at("case").as_string()),
                     std::string(object.at("kind").as_string()), object.at("json").as_object(),
                     from_hex(object.at("hex").as_string())});
  }
  return cases;
}

}  // namespace

byte_buffer from_hex(std::string_view text) {
  byte_buffer bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>((nibble(text[i]) << 4) | nibble(text[i + 1])));
  }
  return bytes;
}

const std::vector<kafka_case>& kafka_cases() {
  static const std::vector<kafka_case> cases = read_kafka_cases();
  return cases;
}

const kafka_case& kafka_case_named(std::string_view name) {
  for (const kafka_case& each : kafka_cases()) {
    if (each.name == name) {
      return each;
    }
  }
  throw std::out_of_range(std::string(name));
}

byte_buffer small_batch() {
  batch_builder builder(batch_options{});
  const std::array<header_view, 2> headers{
      {{as_bytes("h1"), as_bytes("x")}, {as_bytes("h2"), std::nullopt}}};
  builder.append(
      {.timestamp_ms = 1000, .key = as_bytes("k1"), .value = as_bytes("v1"), .headers = headers});
  builder.append(
      {.timestamp_ms = 1005, .key = std::nullopt, .value = as_bytes("no key"), .headers = {}});
  builder.append(
      {.timestamp_ms = 993, .key = as_bytes("deleted"), .value = std::nullopt, .headers = {}});
  return *builder.finish();
}

void seal(byte_buffer& batch) {
  assign_crc(batch);
}

}  // namespace tidemill::record::testing
