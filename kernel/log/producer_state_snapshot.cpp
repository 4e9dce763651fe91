#include "log/producer_state_snapshot.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "record/crc32c.hpp"

namespace tidemill::log {

namespace {

constexpr std::int16_t snapshot_version = 1;
constexpr std::size_t crc_position = 2;
constexpr std::size_t entries_position = 6;
constexpr std::size_t entry_size = 46;
constexpr std::size_t earlier_batch_size = 24;
constexpr std::uint32_t earlier_batches_mark = 0x544d5053;
constexpr std::int32_t earlier_batches_max = producer_batches_remembered - 1;

class writer {
 public:
  template <std::integral T>
  void put(T value) {
    bytes_.resize(bytes_.size() + sizeof(T));
    store_big_endian(bytes_.data() + bytes_.size() - sizeof(T), value);
  }
  [[nodiscard]] byte_buffer take() && { return std::move(bytes_); }
  [[nodiscard]] byte_buffer& bytes() noexcept { return bytes_; }

 private:
  byte_buffer bytes_;
};

/// The caller has made sure that the bytes are there.
class reader {
 public:
  explicit reader(bytes_view bytes) noexcept : bytes_(bytes) {}
  template <std::integral T>
  T take() noexcept {
    TIDEMILL_ASSERT(bytes_.size() >= sizeof(T));
    const T value = load_big_endian<T>(bytes_.data());
    bytes_ = bytes_.subspan(sizeof(T));
    return value;
  }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }

 private:
  bytes_view bytes_;
};

void write_entry(writer& to, const producer_entry& entry) {
  const producer_batch* latest = entry.latest();
  to.put(entry.id.value());
  to.put(entry.epoch.value());
  to.put(latest != nullptr ? latest->last_sequence.value() : std::int32_t{-1});
  to.put(latest != nullptr ? latest->last_offset.value() : std::int64_t{-1});
  to.put(latest != nullptr ? latest->delta : std::int32_t{0});
  to.put(entry.last_timestamp_ms);
  to.put(entry.coordinator_epoch);
  to.put(entry.transaction_first_offset ? entry.transaction_first_offset->value()
                                        : std::int64_t{-1});
}

void write_earlier_batches(writer& to, const std::vector<producer_entry>& entries) {
  const auto count = std::count_if(entries.begin(), entries.end(),
                                   [](const producer_entry& each) { return each.batch_count > 1; });
  if (count == 0) {
    return;
  }
  to.put(earlier_batches_mark);
  to.put(static_cast<std::int32_t>(count));
  for (const producer_entry& entry : entries) {
    if (entry.batch_count <= 1) {
      continue;
    }
    to.put(entry.id.value());
    to.put(static_cast<std::int32_t>(entry.batch_count - 1));
    for (const producer_batch& batch : entry.remembered().first(entry.batch_count - 1U)) {
      to.put(batch.last_sequence.value());
      to.put(batch.delta);
      to.put(batch.last_offset.value());
      to.put(batch.timestamp_ms);
    }
  }
}

std::optional<producer_entry> read_entry(reader& from) noexcept {
  producer_entry entry;
  entry.id = producer_id{from.take<std::int64_t>()};
  entry.epoch = producer_epoch{from.take<std::int16_t>()};
  producer_batch latest;
  latest.last_sequence = sequence{from.take<std::int32_t>()};
  latest.last_offset = offset{from.take<std::int64_t>()};
  latest.delta = from.take<std::int32_t>();
  latest.timestamp_ms = entry.last_timestamp_ms = from.take<std::int64_t>();
  entry.coordinator_epoch = from.take<std::int32_t>();
  const auto first = from.take<std::int64_t>();
  if (first >= 0) {
    entry.transaction_first_offset = offset{first};
  }
  if (latest.last_offset >= offset{0}) {
    if (latest.delta < 0 || latest.last_sequence < sequence{0}) {
      return std::nullopt;
    }
    entry.batches[0] = latest;
    entry.batch_count = 1;
  }
  return entry;
}

bool read_earlier_batches_of(reader& from, std::vector<producer_entry>& entries) {
  if (from.left() < sizeof(std::int64_t) + sizeof(std::int32_t)) {
    return false;
  }
  const producer_id id{from.take<std::int64_t>()};
  const auto count = from.take<std::int32_t>();
  if (count < 1 || count > earlier_batches_max ||
      from.left() < static_cast<std::size_t>(count) * earlier_batch_size) {
    return false;
  }
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), id,
                       [](const producer_entry& each, producer_id to) { return each.id < to; });
  if (found == entries.end() || found->id != id || found->batch_count != 1) {
    return false;
  }
  const producer_batch latest = found->batches[0];
  for (std::int32_t i = 0; i < count; ++i) {
    producer_batch& batch = found->batches[static_cast<std::size_t>(i)];
    batch.last_sequence = sequence{from.take<std::int32_t>()};
    batch.delta = from.take<std::int32_t>();
    batch.last_offset = offset{from.take<std::int64_t>()};
    batch.timestamp_ms = from.take<std::int64_t>();
    if (batch.delta < 0 || batch.last_sequence < sequence{0}) {
      return false;
    }
  }
  found->batches[static_cast<std::size_t>(count)] = latest;
  found->batch_count = static_cast<std::uint8_t>(count + 1);
  return true;
}

bool read_all_earlier_batches(reader& from, std::vector<producer_entry>& entries) {
  if (from.left() < sizeof(std::uint32_t) + sizeof(std::int32_t) ||
      from.take<std::uint32_t>() != earlier_batches_mark) {
    return from.left() == 0;
  }
  const auto count = from.take<std::int32_t>();
  for (std::int32_t i = 0; i < count; ++i) {
    if (!read_earlier_batches_of(from, entries)) {
      return false;
    }
  }
  return from.left() == 0;
}

bool is_sorted_without_repetition(const std::vector<producer_entry>& entries) noexcept {
  return std::adjacent_find(entries.begin(), entries.end(),
                            [](const producer_entry& a, const producer_entry& b) {
                              return a.id >= b.id;
                            }) == entries.end();
}

}  // namespace

byte_buffer encode_producer_snapshot(const std::vector<producer_entry>& entries) {
  writer to;
  to.bytes().reserve(entries_position + sizeof(std::int32_t) + entries.size() * entry_size);
  to.put(snapshot_version);
  to.put(std::uint32_t{0});
  to.put(static_cast<std::int32_t>(entries.size()));
  for (const producer_entry& entry : entries) {
    write_entry(to, entry);
  }
  write_earlier_batches(to, entries);
  byte_buffer bytes = std::move(to).take();
  store_big_endian(bytes.data() + crc_position,
                   record::crc32c(bytes_view(bytes).subspan(entries_position)));
  return bytes;
}

std::optional<std::vector<producer_entry>> decode_producer_snapshot(bytes_view bytes) {
  if (bytes.size() < entries_position + sizeof(std::int32_t)) {
    return std::nullopt;
  }
  reader from(bytes);
  const bool version_known = from.take<std::int16_t>() == snapshot_version;
  if (!version_known ||
      from.take<std::uint32_t>() != record::crc32c(bytes.subspan(entries_position))) {
    return std::nullopt;
  }
  const auto count = from.take<std::int32_t>();
  if (count < 0 || static_cast<std::size_t>(count) > from.left() / entry_size) {
    return std::nullopt;
  }
  std::vector<producer_entry> entries;
  entries.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) {
    const auto entry = read_entry(from);
    if (!entry) {
      return std::nullopt;
    }
    entries.push_back(*entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const producer_entry& a, const producer_entry& b) { return a.id < b.id; });
  if (!is_sorted_without_repetition(entries) || !read_all_earlier_batches(from, entries)) {
    return std::nullopt;
  }
  return entries;
}

}  // namespace tidemill::log
