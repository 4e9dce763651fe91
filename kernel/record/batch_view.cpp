#include "record/batch_view.hpp"

#include <limits>

#include "base/assert.hpp"
#include "record/crc32c.hpp"

namespace tidemill::record {
namespace {

// Smallest messages of the formats before this one; smaller lengths are no batch of any format.
constexpr std::int32_t legacy_length_min = 14;
constexpr auto batch_length_min =
    static_cast<std::int32_t>(batch_header_size - batch_length_overhead);
constexpr std::int8_t magic_known_max = 2;

}  // namespace

batch_view::batch_view(bytes_view bytes) noexcept : bytes_(bytes) {
  TIDEMILL_ASSERT(bytes.size() >= batch_header_size);
}

std::optional<leader_epoch> batch_view::leader_epoch() const noexcept {
  const auto epoch = load<std::int32_t>(leader_epoch_position);
  return epoch < 0 ? std::nullopt : std::optional(tidemill::leader_epoch{epoch});
}

std::optional<compression_type> batch_view::compression() const noexcept {
  const auto id = static_cast<std::size_t>(attributes() & attributes_compression_mask);
  return id < compression_type_count ? std::optional(static_cast<compression_type>(id))
                                     : std::nullopt;
}

std::optional<std::int64_t> batch_view::delete_horizon_ms() const noexcept {
  return has(attributes_delete_horizon) ? std::optional(base_timestamp_ms()) : std::nullopt;
}

offset batch_view::last_offset() const noexcept {
  // Unsigned, so that what nobody has checked yet cannot overflow.
  return offset{static_cast<std::int64_t>(static_cast<std::uint64_t>(base_offset().value()) +
                                          static_cast<std::uint64_t>(last_offset_delta().value()))};
}

std::optional<producer_id> batch_view::producer_id() const noexcept {
  const auto id = load<std::int64_t>(producer_id_position);
  return id < 0 ? std::nullopt : std::optional(tidemill::producer_id{id});
}

std::optional<producer_epoch> batch_view::producer_epoch() const noexcept {
  const auto epoch = load<std::int16_t>(producer_epoch_position);
  return epoch < 0 ? std::nullopt : std::optional(tidemill::producer_epoch{epoch});
}

std::optional<sequence> batch_view::base_sequence() const noexcept {
  const auto first = load<std::int32_t>(base_sequence_position);
  return first < 0 ? std::nullopt : std::optional(sequence{first});
}

std::optional<sequence> batch_view::last_sequence() const noexcept {
  const auto first = base_sequence();
  const auto delta = load<std::int32_t>(last_offset_delta_position);
  return first && delta >= 0 ? std::optional(advance(*first, delta)) : std::nullopt;
}

std::uint32_t batch_view::computed_crc() const noexcept {
  return crc32c(bytes_.subspan(crc_begin_position));
}

sequence advance(sequence first, std::int32_t count) noexcept {
  constexpr auto sequence_mask =
      static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max());
  const auto sum = static_cast<std::uint32_t>(first.value()) + static_cast<std::uint32_t>(count);
  return sequence{static_cast<std::int32_t>(sum & sequence_mask)};
}

batch_extent peek_batch(bytes_view bytes) noexcept {
  if (bytes.size() < batch_prefix_size) {
    return {batch_extent::state::need_more, batch_prefix_size, errc{}};
  }
  const auto length = load_big_endian<std::int32_t>(bytes.data() + batch_length_position);
  const auto magic = load_big_endian<std::int8_t>(bytes.data() + magic_position);
  if (length < legacy_length_min) {
    return {batch_extent::state::invalid, 0, errc::batch_length_invalid};
  }
  if (magic < 0 || magic > magic_known_max) {
    return {batch_extent::state::invalid, 0, errc::unknown_magic};
  }
  const std::size_t size = batch_length_overhead + static_cast<std::size_t>(length);
  if (magic < batch_magic) {
    return {batch_extent::state::invalid, size, errc::legacy_magic};
  }
  if (length < batch_length_min) {
    return {batch_extent::state::invalid, 0, errc::batch_length_invalid};
  }
  return {bytes.size() < size ? batch_extent::state::need_more : batch_extent::state::whole, size,
          errc{}};
}

result<batch_view> front_batch(bytes_view bytes) noexcept {
  const batch_extent extent = peek_batch(bytes);
  switch (extent.presence) {
    case batch_extent::state::whole:
      return batch_view(bytes.first(extent.size_bytes));
    case batch_extent::state::need_more:
      return errc::no_whole_batch;
    case batch_extent::state::invalid:
      break;
  }
  return extent.error;
}

std::optional<batch_view> batch_scanner::next() noexcept {
  const batch_extent extent = rest();
  if (extent.presence != batch_extent::state::whole) {
    return std::nullopt;
  }
  const batch_view batch(bytes_.subspan(position_, extent.size_bytes));
  position_ += extent.size_bytes;
  return batch;
}

void assign_base_offset(mutable_bytes batch, offset base) noexcept {
  TIDEMILL_ASSERT(batch.size() >= batch_header_size);
  store_big_endian(batch.data() + base_offset_position, base.value());
}

void assign_leader_epoch(mutable_bytes batch, leader_epoch epoch) noexcept {
  TIDEMILL_ASSERT(batch.size() >= batch_header_size);
  store_big_endian(batch.data() + leader_epoch_position, epoch.value());
}

void assign_timestamps(mutable_bytes batch, timestamp_type type,
                       std::int64_t max_timestamp_ms) noexcept {
  const batch_view view(batch);
  if (view.timestamp_type() == type && view.max_timestamp_ms() == max_timestamp_ms) {
    return;
  }
  const auto others = static_cast<std::int16_t>(view.attributes() & ~attributes_log_append_time);
  const auto attributes = type == timestamp_type::log_append_time
                              ? static_cast<std::int16_t>(others | attributes_log_append_time)
                              : others;
  store_big_endian(batch.data() + attributes_position, attributes);
  store_big_endian(batch.data() + max_timestamp_position, max_timestamp_ms);
  assign_crc(batch);
}

void assign_crc(mutable_bytes batch) noexcept {
  store_big_endian(batch.data() + crc_position, batch_view(batch).computed_crc());
}

}  // namespace tidemill::record
