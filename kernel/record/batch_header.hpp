#pragma once

#include <cstddef>
#include <cstdint>

namespace tidemill::record {

// Record batch, format 2 (KIP-98), the same bytes on the wire and on disk, all big-endian:
//
//    0  int64  base offset                \ outside the length
//    8  int32  length of what follows     /
//   12  int32  partition leader epoch       outside the checksum, so the broker may set it
//   16  int8   magic, 2
//   17  uint32 CRC-32C of all from 21 on
//   21  int16  attributes: 0-2 compression, 3 timestamp type, 4 transactional, 5 control,
//                          6 base timestamp is the delete horizon (KIP-534)
//   23  int32  last offset delta
//   27  int64  base timestamp, ms
//   35  int64  max timestamp, ms
//   43  int64  producer id, -1 for none
//   51  int16  producer epoch
//   53  int32  base sequence
//   57  int32  record count
//   61  records, compressed as a whole if the attributes say so
inline constexpr std::size_t base_offset_position = 0;
inline constexpr std::size_t batch_length_position = 8;
inline constexpr std::size_t leader_epoch_position = 12;
inline constexpr std::size_t magic_position = 16;
inline constexpr std::size_t crc_position = 17;
inline constexpr std::size_t attributes_position = 21;
inline constexpr std::size_t last_offset_delta_position = 23;
inline constexpr std::size_t base_timestamp_position = 27;
inline constexpr std::size_t max_timestamp_position = 35;
inline constexpr std::size_t producer_id_position = 43;
inline constexpr std::size_t producer_epoch_position = 51;
inline constexpr std::size_t base_sequence_position = 53;
inline constexpr std::size_t record_count_position = 57;

/// Size of the header, that is, where the records start.
inline constexpr std::size_t batch_header_size = 61;
/// Bytes before the part that the length field counts.
inline constexpr std::size_t batch_length_overhead = 12;
/// Bytes that must be there to tell length and magic.
inline constexpr std::size_t batch_prefix_size = 17;
/// Where the checksummed part starts.
inline constexpr std::size_t crc_begin_position = 21;

inline constexpr std::int8_t batch_magic = 2;

inline constexpr std::int16_t attributes_compression_mask = 0x07;
inline constexpr std::int16_t attributes_log_append_time = 0x08;
inline constexpr std::int16_t attributes_transactional = 0x10;
inline constexpr std::int16_t attributes_control = 0x20;
inline constexpr std::int16_t attributes_delete_horizon = 0x40;

/// Timestamps are milliseconds since 1970; this one stands for none.
inline constexpr std::int64_t no_timestamp_ms = -1;

/// Kafka's codec ids; the wire knows no others.
enum class compression_type : std::int8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
inline constexpr std::size_t compression_type_count = 5;

/// Who sets a record's timestamp: its producer, or the log when it appends.
enum class timestamp_type : std::int8_t { create_time = 0, log_append_time = 1 };

static_assert(leader_epoch_position == batch_length_position + sizeof(std::int32_t));
static_assert(batch_length_overhead == leader_epoch_position);
static_assert(magic_position == leader_epoch_position + sizeof(std::int32_t));
static_assert(crc_position == magic_position + sizeof(std::int8_t));
static_assert(attributes_position == crc_position + sizeof(std::uint32_t));
static_assert(crc_begin_position == attributes_position);
static_assert(last_offset_delta_position == attributes_position + sizeof(std::int16_t));
static_assert(base_timestamp_position == last_offset_delta_position + sizeof(std::int32_t));
static_assert(max_timestamp_position == base_timestamp_position + sizeof(std::int64_t));
static_assert(producer_id_position == max_timestamp_position + sizeof(std::int64_t));
static_assert(producer_epoch_position == producer_id_position + sizeof(std::int64_t));
static_assert(base_sequence_position == producer_epoch_position + sizeof(std::int16_t));
static_assert(record_count_position == base_sequence_position + sizeof(std::int32_t));
static_assert(batch_header_size == record_count_position + sizeof(std::int32_t));
static_assert(batch_prefix_size == magic_position + sizeof(std::int8_t));

}  // namespace tidemill::record
