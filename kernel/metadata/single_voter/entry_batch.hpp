#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "metadata/quorum.hpp"
#include "record/batch_view.hpp"

namespace tidemill::metadata {

// The metadata log is a row of record batches. Each batch is one write and one sync: a group of
// entries that were committed together. The offset of a record is its place in the log, from 1 on;
// the index of an entry is the offset of its last record; the leader epoch of the batch is the
// term. The first record of an entry has the key {0}, the further ones have none. A control batch
// with a leader change record begins every term.

/// Lists of records to be stored together; borrowed.
using entry_list = std::span<const std::vector<byte_buffer>>;

/// Where a batch of entries is to stand.
struct batch_place {
  log_index first;
  tidemill::term term;
  std::int64_t now_ms = 0;
};

[[nodiscard]] result<byte_buffer> build_entry_batch(entry_list entries, const batch_place& place);
/// The control batch that says that `leader` leads from here on; takes one index.
[[nodiscard]] result<byte_buffer> build_leader_change(broker_id leader, const batch_place& place);

/// Entries as they were read. The views borrow from the bytes that were read; spans of entries()
/// are valid until the next add().
class entry_collection {
 public:
  /// Adds the entries of a batch that has passed its checksum; control batches add none.
  /// log_corrupt when it is not what build_entry_batch() writes.
  [[nodiscard]] result<void> add(const record::batch_view& batch);
  /// Forgets the entries up to that index.
  void drop_through(log_index last);
  [[nodiscard]] std::vector<committed_entry> entries() const;

 private:
  struct bounds {
    committed_position position;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<bytes_view> records_;
  std::vector<bounds> bounds_;
};

}  // namespace tidemill::metadata
