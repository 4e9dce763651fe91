#include "record/control_batch.hpp"

#include <array>
#include <cstddef>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "record/batch_builder.hpp"
#include "record/errc.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::record {
namespace {

constexpr std::size_t control_key_size = 4;
constexpr std::size_t marker_value_size = 6;
constexpr std::int16_t control_version = 0;

}  // namespace

byte_buffer build_end_transaction_batch(const end_transaction_marker& marker, offset base_offset,
                                        std::int64_t timestamp_ms) {
  std::array<std::byte, control_key_size> key{};
  store_big_endian(key.data(), control_version);
  store_big_endian(key.data() + 2, static_cast<std::int16_t>(marker.ending));
  std::array<std::byte, marker_value_size> value{};
  store_big_endian(value.data(), control_version);
  store_big_endian(value.data() + 2, marker.coordinator_epoch);

  batch_options options;
  options.base_offset = base_offset;
  options.producer = batch_producer{marker.producer_id, marker.producer_epoch, std::nullopt};
  options.transactional = true;
  options.control = true;
  batch_builder builder(options);
  builder.append({.timestamp_ms = timestamp_ms,
                  .key = bytes_view(key),
                  .value = bytes_view(value),
                  .headers = {}});
  auto batch = builder.finish();
  TIDEMILL_ASSERT(batch.has_value());
  return std::move(*batch);
}

result<std::optional<end_transaction_marker>> read_end_transaction_marker(
    const batch_view& batch) noexcept {
  TIDEMILL_ASSERT(batch.is_control());
  if (batch.is_compressed()) {
    return errc::control_record_invalid;
  }
  record_iterator records(batch);
  record_view record;
  if (!records.next(record) || !record.key || record.key->size() < control_key_size) {
    return errc::control_record_invalid;
  }
  const auto type = load_big_endian<std::int16_t>(record.key->data() + 2);
  if (type != static_cast<std::int16_t>(end_transaction_marker::outcome::abort) &&
      type != static_cast<std::int16_t>(end_transaction_marker::outcome::commit)) {
    return std::optional<end_transaction_marker>();
  }
  const auto id = batch.producer_id();
  const auto epoch = batch.producer_epoch();
  if (!record.value || record.value->size() < marker_value_size || !id || !epoch) {
    return errc::control_record_invalid;
  }
  return std::optional(end_transaction_marker{
      .producer_id = *id,
      .producer_epoch = *epoch,
      .ending = static_cast<end_transaction_marker::outcome>(type),
      .coordinator_epoch = load_big_endian<std::int32_t>(record.value->data() + 2)});
}

}  // namespace tidemill::record
