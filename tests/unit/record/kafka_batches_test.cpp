// The 54 batches of tests/data/record-batches.jsonl: what this room says to each, beside what
// Apache Kafka 4.3.1 answered to it in a Produce request.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "record/record_iterator.hpp"
#include "record/validate.hpp"
#include "test_batches.hpp"
#include "test_codecs.hpp"

namespace tidemill::record {
namespace {

using testing::kafka_case;
using testing::kafka_cases;
using testing::library_codecs;

// Kafka's error codes, as far as they come from a batch.
enum wire : int {
  accepted = 0,
  corrupt_message = 2,
  message_too_large = 10,
  invalid_timestamp = 32,
  transactional_id_authorization_failed = 53,
  unsupported_compression_type = 76,
  invalid_record = 87,
  uncaught = -1  // UNKNOWN_SERVER_ERROR: an exception that Kafka does not catch
};

int wire_of(errc error) {
  static const std::map<errc, int> others{
      {errc::batch_length_invalid, corrupt_message},
      {errc::unknown_magic, corrupt_message},
      {errc::crc_mismatch, corrupt_message},
      {errc::batch_too_large, message_too_large},
      {errc::transactional_without_transactional_id, transactional_id_authorization_failed},
      {errc::compression_not_allowed, unsupported_compression_type},
      {errc::log_append_time_from_client, invalid_timestamp},
      {errc::timestamp_out_of_range, invalid_timestamp}};
  const auto found = others.find(error);
  return found == others.end() ? invalid_record : found->second;
}

struct expectation {
  int kafka = accepted;              // what Kafka answered
  std::optional<errc> full;          // what `full` says, nullopt: accepted
  std::optional<errc> header;        // what `header` says
  bool header_same_as_full = true;   // then `header` is not looked at
  std::string_view difference = {};  // why `full` does not answer as Kafka does
};

expectation same(int kafka, std::optional<errc> error) {
  return {.kafka = kafka, .full = error, .header = {}};
}
// Seen only by walking the records.
expectation walked(int kafka, errc error, std::string_view difference = {}) {
  return {.kafka = kafka,
          .full = error,
          .header = std::nullopt,
          .header_same_as_full = false,
          .difference = difference};
}
expectation differs(int kafka, errc error, std::string_view difference) {
  return {.kafka = kafka, .full = error, .header = {}, .difference = difference};
}

const std::map<std::string, expectation>& refused_cases() {
  static const std::map<std::string, expectation> cases{
      {"v2-wrong-crc", same(corrupt_message, errc::crc_mismatch)},
      {"v2-batch-length-48", same(corrupt_message, errc::batch_length_invalid)},
      {"v2-magic-3", same(corrupt_message, errc::unknown_magic)},
      {"v2-transactional",
       same(transactional_id_authorization_failed, errc::transactional_without_transactional_id)},
      {"v2-control-commit",
       same(transactional_id_authorization_failed, errc::transactional_without_transactional_id)},
      {"v2-control-abort",
       same(transactional_id_authorization_failed, errc::transactional_without_transactional_id)},
      {"v2-base-offset-100", same(invalid_record, errc::base_offset_not_zero)},
      {"v2-offset-gaps-after-compaction", same(invalid_record, errc::base_offset_not_zero)},
      {"v2-emptied-by-compaction", same(invalid_record, errc::base_offset_not_zero)},
      {"v2-two-batches", same(invalid_record, errc::more_than_one_batch)},
      {"v2-cut-short", same(invalid_record, errc::no_whole_batch)},
      {"v2-last-offset-delta-5-of-3", same(invalid_record, errc::last_offset_delta_mismatch)},
      {"v2-last-offset-delta-negative", same(invalid_record, errc::last_offset_delta_mismatch)},
      {"v2-count-4-of-3", same(invalid_record, errc::last_offset_delta_mismatch)},
      {"v2-count-2-of-3", same(invalid_record, errc::last_offset_delta_mismatch)},
      {"v2-count-0-of-3", same(invalid_record, errc::record_count_invalid)},
      {"v2-count-negative", same(invalid_record, errc::record_count_invalid)},
      {"v2-record-length-negative", walked(invalid_record, errc::record_length_invalid)},
      {"v2-record-length-beyond-batch", walked(invalid_record, errc::record_length_invalid)},
      {"v2-record-key-length-beyond-record", walked(invalid_record, errc::record_field_invalid)},
      {"v2-record-header-key-null", walked(invalid_record, errc::record_header_key_null)},
      {"v2-three-bytes-after-the-records", walked(invalid_record, errc::bytes_after_records)},
      {"v2-codec-5", differs(uncaught, errc::unknown_compression, "kinder: names the reason")},
      {"v2-says-gzip-is-plain",
       differs(uncaught, errc::compressed_data_malformed, "kinder: names the reason")},
      {"v2-whole-then-cut-short",
       differs(accepted, errc::trailing_bytes, "stricter: a cut batch is not acknowledged")},
      {"v2-record-offset-delta-9",
       walked(accepted, errc::record_offset_delta_wrong, "stricter: the log would read 9, 1, 2")},
  };
  return cases;
}

expectation expected_of(const kafka_case& each) {
  if (each.kind == "legacy") {
    return same(invalid_record, errc::legacy_magic);
  }
  const auto found = refused_cases().find(each.name);
  return found == refused_cases().end() ? same(accepted, std::nullopt) : found->second;
}

std::optional<errc> error_of(const verdict& judged) {
  return judged ? std::nullopt : std::optional(judged.error().error);
}

TEST(kafka_batches, each_gets_the_verdict_of_kafka_or_a_named_stricter_one) {
  ASSERT_EQ(kafka_cases().size(), 54U);
  std::size_t refused = 0;
  for (const kafka_case& each : kafka_cases()) {
    SCOPED_TRACE(each.name);
    const expectation expected = expected_of(each);
    for (const codec_set* codecs : {&no_codecs(), &library_codecs()}) {
      const auto full = error_of(validate_produced(each.bytes, {.codecs = codecs}));
      EXPECT_EQ(full, expected.full);
      const bool as_kafka = (full ? wire_of(*full) : accepted) == expected.kafka;
      EXPECT_EQ(as_kafka, expected.difference.empty());
      if (!expected.difference.empty()) {
        EXPECT_TRUE(full) << "a difference may only refuse more";
      }
    }
    const auto header =
        error_of(validate_produced(each.bytes, {.depth = validation_depth::header}));
    EXPECT_EQ(header, expected.header_same_as_full ? expected.full : expected.header);
    refused += expected.full ? 1 : 0;
  }
  EXPECT_EQ(refused, refused_cases().size() + 8);  // and the eight of formats 0 and 1
}

TEST(kafka_batches, transactional_batch_passes_with_a_transactional_id) {
  const auto verdict_of = [](std::string_view name) {
    return error_of(
        validate_produced(testing::kafka_case_named(name).bytes, {.transactional_allowed = true}));
  };
  EXPECT_EQ(verdict_of("v2-transactional"), std::nullopt);
  EXPECT_EQ(verdict_of("v2-control-commit"), errc::base_offset_not_zero);
  byte_buffer at_zero = testing::kafka_case_named("v2-control-commit").bytes;
  assign_base_offset(at_zero, offset{0});
  EXPECT_EQ(error_of(validate_produced(at_zero, {.transactional_allowed = true})),
            errc::control_batch_from_client);
}

std::int64_t number(const boost::json::object& json, std::string_view name) {
  return json.at(name).to_number<std::int64_t>();
}

std::string text_of(const boost::json::value& json) {
  if (json.is_string()) {
    return std::string(json.as_string());
  }
  // Base64 of a few bytes.
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int bit_count = 0;
  for (const char digit : json.as_object().at("base64").as_string()) {
    if (digit == '=') {
      break;
    }
    bits = (bits << 6) | static_cast<unsigned>(digits.find(digit));
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.push_back(static_cast<char>((bits >> bit_count) & 0xffU));
    }
  }
  return out;
}

void expect_text(const std::optional<bytes_view>& bytes, const boost::json::value& json) {
  ASSERT_EQ(!bytes.has_value(), json.is_null());
  if (bytes) {
    EXPECT_EQ(as_text(*bytes), text_of(json));
  }
}

void expect_header(const batch_view& batch, const boost::json::object& json) {
  EXPECT_EQ(batch.base_offset().value(), number(json, "baseOffset"));
  EXPECT_EQ(batch.last_offset().value(), number(json, "lastOffset"));
  EXPECT_EQ(batch.magic(), number(json, "magic"));
  EXPECT_EQ(batch.base_timestamp_ms(), number(json, "baseTimestamp"));
  EXPECT_EQ(batch.max_timestamp_ms(), number(json, "maxTimestamp"));
  EXPECT_EQ(batch.crc(), number(json, "crc"));
  EXPECT_EQ(batch.crc() == batch.computed_crc(), json.at("valid").as_bool());
  EXPECT_EQ(batch.size(), static_cast<std::size_t>(number(json, "sizeInBytes")));
  EXPECT_EQ(batch.is_transactional(), json.at("transactional").as_bool());
  EXPECT_EQ(batch.is_control(), !json.at("control").is_bool());
  EXPECT_EQ(batch.timestamp_type() == timestamp_type::log_append_time,
            json.at("timestampType").as_string() == "LogAppendTime");
  const auto or_none = [](const auto& id) {
    return id ? static_cast<std::int64_t>(id->value()) : -1;
  };
  EXPECT_EQ(or_none(batch.producer_id()), number(json, "producerId"));
  EXPECT_EQ(or_none(batch.producer_epoch()), number(json, "producerEpoch"));
  EXPECT_EQ(or_none(batch.base_sequence()), number(json, "baseSequence"));
  EXPECT_EQ(or_none(batch.leader_epoch()), number(json, "partitionLeaderEpoch"));
  constexpr std::array<std::string_view, compression_type_count> names{"none", "gzip", "snappy",
                                                                       "lz4", "zstd"};
  ASSERT_TRUE(batch.compression());
  EXPECT_EQ(names.at(static_cast<std::size_t>(*batch.compression())),
            std::string_view(json.at("compression").as_string()));
}

void expect_records(const batch_view& batch, const boost::json::array& expected) {
  byte_buffer plain(batch.records_bytes().begin(), batch.records_bytes().end());
  if (const codec* decompressor = library_codecs().find(*batch.compression())) {
    ASSERT_TRUE(decompressor->decompress(batch.records_bytes(), 1 << 20, plain));
  }
  record_iterator records(plain, batch.record_count());
  record_view record;
  for (const auto& each : expected) {
    ASSERT_TRUE(records.next(record));
    const auto& json = each.as_object();
    EXPECT_EQ(offset_of(batch, record).value(), number(json, "offset"));
    EXPECT_EQ(timestamp_ms_of(batch, record), number(json, "timestamp"));
    if (!json.contains("key")) {
      continue;  // a control record, read in control_batch_test
    }
    expect_text(record.key, json.at("key"));
    expect_text(record.value, json.at("value"));
    header_iterator headers = record.headers();
    header_view header;
    for (const auto& pair : json.at("headers").as_array()) {
      ASSERT_TRUE(headers.next(header));
      EXPECT_EQ(as_text(header.key), text_of(pair.as_array()[0]));
      expect_text(header.value, pair.as_array()[1]);
    }
    EXPECT_FALSE(headers.next(header));
    EXPECT_FALSE(headers.error());
  }
  EXPECT_FALSE(records.next(record));
  EXPECT_FALSE(records.error());
}

TEST(kafka_batches, readable_ones_hold_what_kafka_reads_in_them) {
  std::size_t batch_count = 0;
  for (const kafka_case& each : kafka_cases()) {
    if (each.kind != "readable") {
      continue;
    }
    SCOPED_TRACE(each.name);
    batch_scanner scanner(each.bytes);
    for (const auto& expected : each.json.at("batches").as_array()) {
      const auto batch = scanner.next();
      ASSERT_TRUE(batch);
      expect_header(*batch, expected.as_object());
      expect_records(*batch, expected.as_object().at("records").as_array());
      EXPECT_TRUE(validate_stored(batch->bytes()));
      ++batch_count;
    }
    EXPECT_TRUE(scanner.at_end());
  }
  EXPECT_GE(batch_count, 25U);
}

}  // namespace
}  // namespace tidemill::record
