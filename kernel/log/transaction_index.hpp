#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace tidemill::log {

/// A transaction that was aborted, as readers of committed records are told (KIP-98). Readers skip
/// what its producer wrote from its first offset up to its marker.
struct aborted_transaction {
  producer_id producer;
  offset first_offset;
  /// That of the marker; it lies in the segment to which the index belongs.
  offset last_offset;
  /// The last stable offset once the marker was there: no transaction that ends later can begin
  /// below it, which is where a search may stop.
  offset last_stable_offset;

  friend bool operator==(const aborted_transaction&, const aborted_transaction&) = default;
};

// <base offset>.txnindex, Kafka's own format: entries of 34 bytes, big-endian, in order of their
// last offsets.
//    int16 version, 0; int64 producer id; int64 first; int64 last; int64 last stable offset
inline constexpr std::size_t transaction_index_entry_size = 34;

/// The aborted transactions that end in one segment, in memory: most segments have none and then
/// hold no memory and no file. Pure; the log appends encode_entry() at size_bytes() of the file
/// before add(), and cuts the file to size_bytes() after truncate_to(). One thread at a time.
class transaction_index {
 public:
  using encoded_entry = std::array<std::byte, transaction_index_entry_size>;
  [[nodiscard]] static encoded_entry encode_entry(const aborted_transaction& entry) noexcept;

  /// Last offsets rise, or it is a programming error.
  void add(const aborted_transaction& entry);

  /// Forgets transactions that end at `end` or later. True when any did.
  bool truncate_to(offset end);

  /// Appends to `found` those that overlap [begin, end), in order of their last offsets. True when
  /// no later segment can hold another one. After the last segment the caller sorts what it has
  /// found with sort_by_first_offset().
  [[nodiscard]] bool collect(offset begin, offset end,
                             std::vector<aborted_transaction>& found) const;

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::span<const aborted_transaction> entries() const noexcept { return entries_; }
  /// Size of the file that holds these entries.
  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return entries_.size() * transaction_index_entry_size;
  }

  /// Reads a file back. nullopt when it is not of that form: a cut or unknown entry, offsets that
  /// do not rise or lie outside [segment_base, segment_end). The log then rebuilds it.
  [[nodiscard]] static std::optional<transaction_index> decode(bytes_view bytes,
                                                               offset segment_base,
                                                               offset segment_end);

 private:
  std::vector<aborted_transaction> entries_;
};

/// The order that clients rely on: some of them stop looking at the first entry that begins later.
void sort_by_first_offset(std::vector<aborted_transaction>& transactions);

}  // namespace tidemill::log
