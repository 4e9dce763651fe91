#pragma once

#include <cstdint>

#include "base/strong.hpp"
#include "base/uuid.hpp"

namespace tidemill {

/// Position of a record in a partition, counted from 0.
using offset = strong<std::int64_t, struct offset_tag>;
/// Distance between two offsets, in records.
using offset_delta = strong<std::int64_t, struct offset_delta_tag>;
/// Counts the leaders of a partition (KIP-101).
using leader_epoch = strong<std::int32_t, struct leader_epoch_tag>;
/// Counts the registrations of a broker (KIP-380).
using broker_epoch = strong<std::int64_t, struct broker_epoch_tag>;
/// Counts the changes of a partition's assignment or in-sync set (KIP-497).
using partition_epoch = strong<std::int32_t, struct partition_epoch_tag>;
/// Identity and incarnation of an idempotent producer, and the number of a record in its stream
/// (KIP-98). Sequences wrap from INT32_MAX to 0.
using producer_id = strong<std::int64_t, struct producer_id_tag>;
using producer_epoch = strong<std::int16_t, struct producer_epoch_tag>;
using sequence = strong<std::int32_t, struct sequence_tag>;

using broker_id = strong<std::int32_t, struct broker_id_tag>;
using partition_index = strong<std::int32_t, struct partition_index_tag>;
using correlation_id = strong<std::int32_t, struct correlation_id_tag>;
using api_version = strong<std::int16_t, struct api_version_tag>;
using topic_id = uuid;

/// Byte position inside a segment file.
using segment_position = strong<std::uint64_t, struct segment_position_tag>;
/// Term and index of the metadata quorum's log.
using term = strong<std::int64_t, struct term_tag>;
using log_index = strong<std::int64_t, struct log_index_tag>;
/// Number of a shard: one thread, one event loop.
using shard_index = strong<std::uint32_t, struct shard_index_tag>;

constexpr offset operator+(offset base, offset_delta delta) noexcept {
  return offset{base.value() + delta.value()};
}
constexpr offset operator-(offset base, offset_delta delta) noexcept {
  return offset{base.value() - delta.value()};
}
constexpr offset_delta operator-(offset end, offset begin) noexcept {
  return offset_delta{end.value() - begin.value()};
}
constexpr offset next(offset position) noexcept {
  return offset{position.value() + 1};
}

}  // namespace tidemill
