#include "record/validate.hpp"

#include <algorithm>
#include <array>

#include "base/varint.hpp"
#include "record/record_decoding.hpp"
#include "record/record_walk.hpp"

namespace tidemill::record {
namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

// A batch may hold the larger of these two, before the bound of the rules: many times its own
// compressed size, many times what the topic takes uncompressed.
constexpr std::size_t decompression_ratio_max = 1000;
constexpr std::size_t decompressed_batches_max = 8;

refusal refuse(errc error) {
  return refusal{error, {}};
}

// Everything that can be told without looking at what the bytes of the batch say beyond length,
// magic and attributes. The order of the checks here and below is that of Kafka's answers.
result<batch_view> take_only_batch(bytes_view bytes, const validation_rules& rules) noexcept {
  TIDEMILL_TRY_ASSIGN(batch, front_batch(bytes));
  if (batch.is_transactional() && !rules.transactional_allowed) {
    return errc::transactional_without_transactional_id;
  }
  const bytes_view rest = bytes.subspan(batch.size());
  if (!rest.empty()) {
    return peek_batch(rest).presence == batch_extent::state::whole ? errc::more_than_one_batch
                                                                   : errc::trailing_bytes;
  }
  return batch;
}

bool starts_with(bytes_view bytes, std::span<const std::uint8_t> signature) noexcept {
  return bytes.size() >= signature.size() &&
         std::equal(
             signature.begin(), signature.end(), bytes.begin(),
             [](std::uint8_t a, std::byte b) { return a == std::to_integer<std::uint8_t>(b); });
}

// Clients write snappy in one of two forms: the Java library's frame, or one bare block, which
// starts with its plain size and a literal (low bits 0), and grows by 64 bytes for 3 at most.
bool looks_like_snappy(bytes_view bytes) noexcept {
  constexpr std::array<std::uint8_t, 8> frame{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
  constexpr std::size_t growth_max = 64;
  if (starts_with(bytes, frame)) {
    return true;
  }
  bytes_view rest = bytes;
  std::uint32_t plain_size = 0;
  return read_unsigned_varint(rest, plain_size) && plain_size >= detail::record_size_min &&
         plain_size / growth_max <= rest.size() && !rest.empty() &&
         (rest.front() & std::byte{3}) == std::byte{0};
}

// Where no codec is at hand, the first bytes still tell data of another kind from the kind that the
// header names; nobody could ever read such a batch.
std::optional<errc> check_compression(const batch_view& batch) noexcept {
  constexpr std::array<std::uint8_t, 3> gzip_signature{0x1f, 0x8b, 8};
  constexpr std::array<std::uint8_t, 4> lz4_signature{0x04, 0x22, 0x4d, 0x18};
  constexpr std::array<std::uint8_t, 4> zstd_signature{0x28, 0xb5, 0x2f, 0xfd};
  const auto compression = batch.compression();
  if (!compression) {
    return errc::unknown_compression;
  }
  bool plausible = true;
  switch (*compression) {
    case compression_type::none:
      break;
    case compression_type::gzip:
      plausible = starts_with(batch.records_bytes(), gzip_signature);
      break;
    case compression_type::snappy:
      plausible = looks_like_snappy(batch.records_bytes());
      break;
    case compression_type::lz4:
      plausible = starts_with(batch.records_bytes(), lz4_signature);
      break;
    case compression_type::zstd:
      plausible = starts_with(batch.records_bytes(), zstd_signature);
      break;
  }
  return plausible ? std::nullopt : std::optional(errc::compressed_data_malformed);
}

// How much the records of a compressed batch may be, plain.
std::size_t decompressed_size_bytes_max(const batch_view& batch,
                                        const validation_rules& rules) noexcept {
  return std::min(rules.decompressed_size_bytes_max,
                  std::max(batch.records_bytes().size() * decompression_ratio_max,
                           std::min(rules.batch_size_bytes_max, rules.decompressed_size_bytes_max) *
                               decompressed_batches_max));
}

std::optional<errc> check_counts(const batch_view& batch, const validation_rules& rules) noexcept {
  const std::int32_t count = batch.record_count();
  if (count <= 0) {
    return errc::record_count_invalid;
  }
  if (batch.last_offset_delta().value() != count - 1) {
    return errc::last_offset_delta_mismatch;
  }
  // A count is offsets that the log gives away: it has to fit into the records, opened or not.
  const std::size_t size_max = batch.is_compressed() ? decompressed_size_bytes_max(batch, rules)
                                                     : batch.records_bytes().size();
  if (static_cast<std::size_t>(count) > size_max / detail::record_size_min) {
    return errc::record_count_invalid;
  }
  return std::nullopt;
}

std::optional<errc> check_producer(const batch_view& batch) noexcept {
  if (batch.is_control()) {
    return errc::control_batch_from_client;
  }
  if (batch.producer_id()) {
    return batch.base_sequence() && batch.producer_epoch() ? std::nullopt
                                                           : std::optional(errc::sequence_missing);
  }
  return batch.is_transactional() ? std::optional(errc::transactional_without_producer_id)
                                  : std::nullopt;
}

std::optional<errc> check_header(const batch_view& batch, const validation_rules& rules) noexcept {
  if (batch.compression() == compression_type::zstd && !rules.zstd_allowed) {
    return errc::compression_not_allowed;
  }
  if (batch.base_offset() != offset{0}) {
    return errc::base_offset_not_zero;
  }
  if (batch.size() > rules.batch_size_bytes_max) {
    return errc::batch_too_large;
  }
  if (batch.crc() != batch.computed_crc()) {
    return errc::crc_mismatch;
  }
  if (const auto error = check_counts(batch, rules)) {
    return error;
  }
  if (const auto error = check_producer(batch)) {
    return error;
  }
  if (rules.timestamp_type == timestamp_type::log_append_time &&
      batch.timestamp_type() == timestamp_type::log_append_time) {
    return errc::log_append_time_from_client;
  }
  return check_compression(batch);
}

// The timestamps that a record may bear; no_timestamp_ms is always let through.
struct timestamp_range {
  std::int64_t lowest = int64_min;
  std::int64_t highest = int64_max;

  [[nodiscard]] bool contains(std::int64_t timestamp_ms) const noexcept {
    return (timestamp_ms >= lowest && timestamp_ms <= highest) || timestamp_ms == no_timestamp_ms;
  }
};

timestamp_range allowed_timestamps(const validation_rules& rules) noexcept {
  timestamp_range range;
  if (rules.timestamp_type == timestamp_type::log_append_time) {
    return range;  // what the producer said is not kept
  }
  const std::int64_t before = std::max<std::int64_t>(rules.timestamp_before_max_ms, 0);
  const std::int64_t after = std::max<std::int64_t>(rules.timestamp_after_max_ms, 0);
  if (rules.now_ms >= int64_min + before) {
    range.lowest = rules.now_ms - before;
  }
  if (after != int64_max && rules.now_ms <= int64_max - after) {
    range.highest = rules.now_ms + after;
  }
  return range;
}

// Second walk, over records known to be well-formed, to name those that break a rule of the topic.
std::vector<record_error> name_records(bytes_view records, const batch_view& batch,
                                       const validation_rules& rules) {
  const timestamp_range range = allowed_timestamps(rules);
  std::vector<record_error> named;
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  for (std::int32_t index = 0; index < batch.record_count() && named.size() < record_errors_max;
       ++index) {
    detail::raw_record record;
    if (detail::decode_record(at, end, record) != errc{}) {
      break;
    }
    if (rules.key_required && record.key_length < 0) {
      named.push_back({index, errc::record_without_key});
    } else if (!range.contains(
                   detail::timestamp_ms_at(batch.base_timestamp_ms(), record.timestamp_delta_ms))) {
      named.push_back({index, errc::timestamp_out_of_range});
    }
    at = record.end;
  }
  return named;
}

verdict judge_records(bytes_view records, const batch_view& batch, const validation_rules& rules) {
  const detail::walk_outcome walk = detail::walk_records(records, batch);
  if (walk.error != errc{}) {
    refusal refused = refuse(walk.error);
    if (walk.index < batch.record_count() && walk.error != errc::records_missing) {
      refused.records.push_back({walk.index, walk.error});
    }
    return refused;
  }
  const timestamp_range range = allowed_timestamps(rules);
  const bool in_range =
      range.contains(walk.timestamp_lowest_ms) && range.contains(walk.timestamp_highest_ms);
  if (!in_range || (rules.key_required && walk.keys_missing)) {
    // None is to blame where a record without a timestamp was the lowest.
    auto named = name_records(records, batch, rules);
    if (!named.empty()) {
      return refusal{named.front().error, std::move(named)};
    }
  }
  const std::int32_t last_index = batch.record_count() - 1;
  return validated_batch{.batch = batch,
                         .max_timestamp_ms = walk.timestamp_highest_ms,
                         .max_timestamp_offset_delta = walk.timestamp_highest_index < 0
                                                           ? last_index
                                                           : walk.timestamp_highest_index,
                         .walked = true};
}

errc decompression_error(const error_code& error) noexcept {
  for (const errc known : {errc::decompressed_too_large, errc::codec_failed}) {
    if (error == make_error_code(known)) {
      return known;
    }
  }
  return errc::compressed_data_malformed;
}

verdict judge_compressed(const codec& decompressor, const batch_view& batch,
                         const validation_rules& rules) {
  byte_buffer room;
  const auto records = decompressor.plain_form(batch.records_bytes(),
                                               decompressed_size_bytes_max(batch, rules), room);
  if (!records) {
    return refuse(decompression_error(records.error()));
  }
  verdict judged = judge_records(*records, batch, rules);
  if (judged && rules.keep_decompressed) {
    judged->decompressed.emplace(records->begin(), records->end());
  }
  return judged;
}

verdict judge_by_header(const batch_view& batch, const validation_rules& rules) {
  if (!allowed_timestamps(rules).contains(batch.max_timestamp_ms())) {
    return refuse(errc::timestamp_out_of_range);
  }
  return validated_batch{.batch = batch,
                         .max_timestamp_ms = batch.max_timestamp_ms(),
                         .max_timestamp_offset_delta = batch.record_count() - 1,
                         .walked = false};
}

}  // namespace

verdict validate_produced(bytes_view bytes, const validation_rules& rules) {
  const auto taken = take_only_batch(bytes, rules);
  if (!taken) {
    return refuse(static_cast<errc>(taken.error().value()));
  }
  const batch_view batch = *taken;
  if (const auto error = check_header(batch, rules)) {
    return refuse(*error);
  }
  if (rules.depth == validation_depth::header && !rules.key_required) {
    return judge_by_header(batch, rules);
  }
  if (!batch.is_compressed()) {
    return judge_records(batch.records_bytes(), batch, rules);
  }
  const codec* decompressor = rules.codecs->find(*batch.compression());
  return decompressor != nullptr ? judge_compressed(*decompressor, batch, rules)
                                 : judge_by_header(batch, rules);
}

result<void> decompress_records(const codec& decompressor, const batch_view& batch,
                                std::size_t batch_size_bytes_max, byte_buffer& records) {
  validation_rules rules;
  rules.batch_size_bytes_max = batch_size_bytes_max;
  const auto done = decompressor.decompress(batch.records_bytes(),
                                            decompressed_size_bytes_max(batch, rules), records);
  if (!done) {
    return decompression_error(done.error());
  }
  return {};
}

void prepare_for_append(mutable_bytes batch, const validated_batch& validated,
                        const validation_rules& rules) noexcept {
  const bool by_log = rules.timestamp_type == timestamp_type::log_append_time;
  assign_timestamps(batch, rules.timestamp_type,
                    by_log ? rules.now_ms : validated.max_timestamp_ms);
}

result<batch_view> validate_stored(bytes_view bytes) noexcept {
  TIDEMILL_TRY_ASSIGN(batch, front_batch(bytes));
  if (batch.crc() != batch.computed_crc()) {
    return errc::crc_mismatch;
  }
  const std::int64_t base = batch.base_offset().value();
  const std::int64_t last_delta = batch.last_offset_delta().value();
  if (base < 0) {
    return errc::base_offset_negative;
  }
  if (batch.record_count() < 0) {
    return errc::record_count_invalid;
  }
  // The cleaner takes records out and leaves the offsets of the batch as they were.
  if (last_delta < 0 || last_delta < batch.record_count() - 1 || base >= int64_max - last_delta) {
    return errc::last_offset_delta_mismatch;
  }
  if (!batch.compression()) {
    return errc::unknown_compression;
  }
  return batch;
}

}  // namespace tidemill::record
