#include "record/record_walk.hpp"

#include <algorithm>
#include <cstddef>

#include "record/record_decoding.hpp"

namespace tidemill::record::detail {
namespace {

// A zigzag number of one or two bytes, still zigzag; false for a longer one.
inline bool read_short_number(const std::byte*& at, std::uint32_t& raw) noexcept {
  const auto low = std::to_integer<std::uint32_t>(at[0]);
  if (low < 0x80U) [[likely]] {
    raw = low;
    at += 1;
    return true;
  }
  const auto high = std::to_integer<std::uint32_t>(at[1]);
  raw = (low & 0x7fU) | (high << 7);
  at += 2;
  return high < 0x80U;
}

// The few facts of a record that validation needs.
struct record_facts {
  const std::byte* end;
  std::uint32_t timestamp_delta_raw;
  std::uint32_t key_raw;
};

// Reads a record of the shape that nearly all have: numbers of one or two bytes, the offset delta
// that is expected, no headers. False for any other, well-formed or not; decode_record() tells
// then.
inline bool read_common_record(const std::byte* at, const std::byte* end, std::uint32_t index,
                               record_facts& facts) noexcept {
  // Room for the five numbers and the attributes before the key, so that one check serves them all.
  constexpr std::ptrdiff_t front_size_max = 9;
  if (end - at < front_size_max) [[unlikely]] {
    return false;
  }
  std::uint32_t length = 0;
  std::uint32_t delta = 0;
  if (!read_short_number(at, length) || (length & 1U) != 0 ||
      end - at < static_cast<std::ptrdiff_t>(length >> 1)) [[unlikely]] {
    return false;
  }
  facts.end = at + (length >> 1);
  ++at;  // attributes
  if (!read_short_number(at, facts.timestamp_delta_raw) || !read_short_number(at, delta) ||
      !read_short_number(at, facts.key_raw) || delta != index << 1) [[unlikely]] {
    return false;
  }
  // A null, raw 1, is as long as an empty field; other odd numbers are negative lengths.
  const std::uint32_t key_length = facts.key_raw >> 1;
  std::uint32_t value = 0;
  if (((facts.key_raw & 1U) != 0 && key_length != 0) ||
      facts.end - at < static_cast<std::ptrdiff_t>(key_length) + 2) [[unlikely]] {
    return false;
  }
  at += key_length;
  if (!read_short_number(at, value)) [[unlikely]] {
    return false;
  }
  const std::uint32_t value_length = value >> 1;
  return ((value & 1U) == 0 || value_length == 0) &&
         facts.end - at == static_cast<std::ptrdiff_t>(value_length) + 1 &&
         facts.end[-1] == std::byte{0};
}

errc check_headers(const raw_record& record) noexcept {
  const std::byte* at = record.headers;
  for (std::int32_t left = record.header_count; left > 0; --left) {
    raw_header header;
    if (const errc error = decode_header(at, record.end, header); error != errc{}) {
      return error;
    }
  }
  return at == record.end ? errc{} : errc::record_size_mismatch;
}

// Any other record: what is wrong with it, or errc{}.
errc read_uncommon_record(const std::byte* at, const std::byte* end, std::int32_t index,
                          raw_record& record) noexcept {
  if (at == end) {
    return errc::records_missing;
  }
  if (const errc error = decode_record(at, end, record); error != errc{}) {
    return error;
  }
  if (record.offset_delta != index) {
    return errc::record_offset_delta_wrong;
  }
  return check_headers(record);
}

}  // namespace

// The hot loop. Where the next record starts depends on the length of this one alone, so that the
// processor works on several at a time; what needs a decision per record waits until after it.
walk_outcome walk_records(bytes_view records, const batch_view& batch) noexcept {
  walk_outcome outcome;
  const std::int32_t count = batch.record_count();
  const std::int64_t base_timestamp_ms = batch.base_timestamp_ms();
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  std::int64_t highest = no_timestamp_ms;
  std::int32_t highest_index = -1;
  std::uint32_t null_keys = 0;
  for (std::int32_t index = 0; index < count; ++index) {
    record_facts facts;
    std::int64_t delta_ms = 0;
    if (read_common_record(at, end, static_cast<std::uint32_t>(index), facts)) [[likely]] {
      delta_ms = unzigzag(facts.timestamp_delta_raw);
      null_keys |= facts.key_raw & 1U;
      at = facts.end;
    } else {
      raw_record record;
      outcome.error = read_uncommon_record(at, end, index, record);
      if (outcome.error != errc{}) {
        outcome.index = index;
        return outcome;
      }
      delta_ms = record.timestamp_delta_ms;
      null_keys |= record.key_length < 0 ? 1U : 0U;
      at = record.end;
    }
    const std::int64_t timestamp = timestamp_ms_at(base_timestamp_ms, delta_ms);
    highest_index = timestamp > highest ? index : highest_index;
    highest = std::max(highest, timestamp);
    lowest = std::min(lowest, timestamp);
  }
  outcome.index = count;
  outcome.error = at == end ? errc{} : errc::bytes_after_records;
  outcome.keys_missing = null_keys != 0;
  outcome.timestamp_lowest_ms = lowest;
  outcome.timestamp_highest_ms = highest;
  outcome.timestamp_highest_index = highest_index;
  return outcome;
}

}  // namespace tidemill::record::detail
