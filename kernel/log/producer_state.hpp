#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "record/batch_view.hpp"
#include "record/control_batch.hpp"

namespace tidemill::log {

/// A client may have this many unanswered batches in flight, so this many can come again (KIP-98).
inline constexpr std::size_t producer_batches_remembered = 5;

/// A batch that a producer has written.
struct producer_batch {
  sequence last_sequence{0};
  /// Last minus first: of the sequences and of the offsets alike.
  std::int32_t delta = 0;
  offset last_offset{0};
  /// What the batch says; no_timestamp_ms for none.
  std::int64_t timestamp_ms = -1;

  [[nodiscard]] offset base_offset() const noexcept { return last_offset - offset_delta{delta}; }
  /// Wraps below 0 to INT32_MAX.
  [[nodiscard]] sequence base_sequence() const noexcept;

  friend bool operator==(const producer_batch&, const producer_batch&) = default;
};
static_assert(sizeof(producer_batch) == 24);

/// Both are of one producer with one epoch, and `next` goes on where `previous` ends: once
/// `previous` has been appended, check() has nothing against `next`. Transactions do not count.
[[nodiscard]] bool continues(const record::batch_view& previous,
                             const record::batch_view& next) noexcept;

/// What is known of one producer in one partition.
struct producer_entry {
  producer_id id{0};
  producer_epoch epoch{0};
  /// How many of `batches` are in use; the latest is the last of them. 0 when only a marker came.
  std::uint8_t batch_count = 0;
  /// Of the coordinator that wrote the latest marker; -1 before the first.
  std::int32_t coordinator_epoch = -1;
  /// Timestamp of the latest batch or marker.
  std::int64_t last_timestamp_ms = -1;
  /// First offset of the open transaction.
  std::optional<offset> transaction_first_offset;
  std::array<producer_batch, producer_batches_remembered> batches{};

  [[nodiscard]] std::span<const producer_batch> remembered() const noexcept {
    return {batches.data(), batch_count};
  }
  [[nodiscard]] const producer_batch* latest() const noexcept {
    return batch_count == 0 ? nullptr : &batches[batch_count - 1U];
  }

  friend bool operator==(const producer_entry&, const producer_entry&) = default;
};

/// Why a batch may not be appended. The wire's names are the same.
enum class producer_refusal {
  out_of_order_sequence,          ///< OUT_OF_ORDER_SEQUENCE_NUMBER
  invalid_producer_epoch,         ///< INVALID_PRODUCER_EPOCH: a newer incarnation has written
  invalid_transaction_state,      ///< INVALID_TXN_STATE: plain batch inside a transaction
  transaction_coordinator_fenced  ///< TRANSACTION_COORDINATOR_FENCED: marker of an older one
};

/// What to do with a batch that a producer has sent.
struct producer_verdict {
  enum class kind : std::uint8_t { append, duplicate, refused };
  kind decision = kind::append;
  /// Only for `refused`.
  producer_refusal refusal{};
  /// Only for `duplicate`: the batch that was stored when it came the first time.
  producer_batch original{};
};

/// A transaction that a marker has ended.
struct completed_transaction {
  producer_id producer{0};
  offset first_offset{0};
  /// That of the marker.
  offset last_offset{0};
  /// The last stable offset after it: what the transaction index keeps beside it.
  offset last_stable_offset{0};
  bool aborted = false;

  friend bool operator==(const completed_transaction&, const completed_transaction&) = default;
};

/// The producers of one partition: the table behind idempotence and transactions (KIP-98). Pure:
/// time comes in as a value, nothing is read or written. The leader asks check() before an append;
/// leader, follower and recovery alike call apply() after it, so that all of them end up with the
/// same table. Holds no memory until the first idempotent batch. One thread at a time.
class producer_states {
 public:
  /// `producers_max` bounds the table: beyond it the producer that has been silent longest and has
  /// no open transaction is forgotten.
  explicit producer_states(std::size_t producers_max = producers_max_default) noexcept;
  ~producer_states();
  producer_states(producer_states&&) noexcept;
  producer_states& operator=(producer_states&&) noexcept;

  static constexpr std::size_t producers_max_default = 65'536;

  /// Judges a client's data batch (its offsets are not looked at). A batch without a producer id
  /// may always be appended; so may any sequence of a producer of which nothing is known.
  [[nodiscard]] producer_verdict check(const record::batch_view& batch) const noexcept;

  /// Judges a marker that a transaction coordinator wants written.
  [[nodiscard]] std::optional<producer_refusal> check(
      const record::end_transaction_marker& marker) const noexcept;

  /// Takes note of a batch that has been appended, or was found in the log: offsets are assigned.
  /// Never refuses. `now_ms` is what expiry counts from. Answers the transaction that a marker has
  /// ended: the log writes it to the transaction index when it was aborted.
  std::optional<completed_transaction> apply(const record::batch_view& batch, std::int64_t now_ms);

  /// Puts in an entry of a snapshot file, as if its last batch had come at `now_ms`.
  void load(const producer_entry& entry, std::int64_t now_ms);

  /// Forgets producers that have been silent for `expiration_ms` (producer.id.expiration.ms) and
  /// have no open transaction. Returns how many.
  std::size_t expire(std::int64_t now_ms, std::int64_t expiration_ms);

  /// Forgets everything; then a snapshot is loaded and the log from there on applied, which is how
  /// a truncation is followed.
  void clear() noexcept;

  /// The offset of the earliest transaction that is open, or has ended at or above the high
  /// watermark given last; nullopt when there is none. The last stable offset is this or the high
  /// watermark, whichever is lower (KIP-98).
  [[nodiscard]] std::optional<offset> first_unstable_offset() const noexcept;

  /// Lets go of ended transactions whose marker lies below the high watermark.
  void advance_high_watermark(offset high_watermark) noexcept;

  [[nodiscard]] bool empty() const noexcept { return table_ == nullptr; }
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] const producer_entry* find(producer_id id) const noexcept;
  /// Producers in order of their id, for the snapshot file.
  [[nodiscard]] std::vector<producer_entry> entries() const;

 private:
  struct slot;
  struct table;

  slot& touch(producer_id id, producer_epoch epoch, std::int64_t now_ms);
  void evict_one();
  void forget(slot& gone);
  void apply_data(const record::batch_view& batch, std::int64_t now_ms);
  std::optional<completed_transaction> apply_marker(const record::batch_view& batch,
                                                    std::int64_t now_ms);
  std::optional<completed_transaction> complete(producer_entry& entry, offset marker, bool aborted);

  std::size_t producers_max_;
  std::unique_ptr<table> table_;
};

}  // namespace tidemill::log
