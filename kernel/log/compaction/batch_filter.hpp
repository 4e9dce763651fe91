#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/compaction/key_table.hpp"
#include "log/compaction/transaction_follower.hpp"
#include "record/batch_view.hpp"
#include "record/codec.hpp"

namespace tidemill::log {

/// The last durable batch of an active producer stays, though it may be empty, so that the
/// producer's sequence and epoch can be found in the log after a crash.
struct last_batch {
  /// nullopt: it has written no data; then its markers of this epoch stay.
  std::optional<offset> last_offset;
  producer_epoch epoch{0};
  /// Its latest batches are not durable yet, and which one is the last that is, is not known: the
  /// last one that is met in the dirty part; where none is, all of them stay for now.
  bool is_unknown = false;
};
/// By producer id.
using last_batches = std::unordered_map<std::int64_t, last_batch>;

/// What one compaction goes by.
struct filter_rules {
  /// Wall clock at its beginning, and delete.retention.ms.
  std::int64_t now_ms = 0;
  std::int64_t delete_retention_ms = 0;
  last_batches producers;
  /// Borrowed; outlives the compaction.
  const record::codec_set* codecs = &record::no_codecs();
};

/// The plain records of a batch: its own, or decompressed into `room`. Errors: codec_missing,
/// compressed_data_malformed, decompressed_too_large, codec_failed.
[[nodiscard]] result<bytes_view> plain_records(const record::batch_view& batch,
                                               const record::codec_set& codecs, byte_buffer& room);

/// Decides batch by batch, in the order of the log, what stays of it: Kafka's rules (KIP-58,
/// KIP-98, KIP-534). One thread at a time.
class batch_filter {
 public:
  /// `keys` knows every key up to and including `known_to`; what lies above stays. Borrowed.
  batch_filter(const filter_rules& rules, const key_table& keys, offset known_to,
               std::vector<aborted_transaction> aborted);

  struct outcome {
    /// What to write; empty where nothing stays. Borrowed from the batch or from the filter, until
    /// the next call.
    bytes_view bytes;
    std::uint32_t records_removed = 0;
    bool is_changed = false;
  };
  /// `keep_end`: the batch ends a segment, so it stays, at least empty, for the next segment to
  /// follow on. Errors: those of plain_records() and of records that cannot be read.
  [[nodiscard]] result<outcome> apply(const record::batch_view& batch, bool keep_end);

  /// Entries of the transaction index that are still needed, since the last call.
  [[nodiscard]] std::vector<aborted_transaction> take_aborted() {
    return std::exchange(aborted_, {});
  }

 private:
  [[nodiscard]] bool is_last_of_producer(const record::batch_view& batch) const noexcept;
  [[nodiscard]] result<outcome> apply_control(const record::batch_view& batch, bool keep_empty);
  [[nodiscard]] result<outcome> apply_data(const record::batch_view& batch, bool keep_empty);
  /// Fills keep_; answers how many stay, and whether one of them is a tombstone.
  [[nodiscard]] result<std::pair<std::int32_t, bool>> judge(const record::batch_view& batch,
                                                            bytes_view plain);
  [[nodiscard]] outcome emptied(const record::batch_view& batch, bool keep_empty);

  const filter_rules& rules_;
  const key_table& keys_;
  offset known_to_;
  transaction_follower transactions_;
  std::vector<aborted_transaction> aborted_;
  std::vector<bool> keep_;
  byte_buffer plain_room_;
  byte_buffer made_;
};

}  // namespace tidemill::log
