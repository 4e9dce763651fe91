#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "log/leader_epoch_cache.hpp"
#include "log/read_slice.hpp"
#include "log/transaction_index.hpp"
#include "partition/record_gate.hpp"
#include "record/validate.hpp"

namespace tidemill::partition {

// Append ------------------------------------------------------------------------------------------

/// When an append is answered (the request's acks).
enum class acknowledge {
  when_appended,  ///< 0: nobody waits for more than the write, not even for a sync
  by_leader,      ///< 1: in the leader's log, and synced where the topic wants that
  by_all          ///< -1: committed
};

struct append_options {
  acknowledge acks = acknowledge::by_all;
  /// How long by_all may wait for other replicas once the leader has the batch (synced, where the
  /// topic wants that): then timed_out, though the batch stays.
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  /// Compared with the partition's own when given.
  std::optional<leader_epoch> current_leader_epoch;
  /// The request named a transactional id.
  bool transactional_allowed = false;
  /// False in Produce requests below version 7.
  bool zstd_allowed = true;
  /// Borrowed until the append is answered; nullptr where nobody knows.
  const producer_client* client = nullptr;
};

struct append_success {
  offset base_offset{0};
  /// The offset after the batch's last.
  offset end_offset{0};
  offset log_start{0};
  /// On topics with LogAppendTime only.
  std::optional<std::int64_t> log_append_time_ms;
  /// The batch had come before; the offsets are those of the first time.
  bool duplicate = false;
};

struct append_failure {
  error_code error;
  /// Single records that are to blame: by the record room, or by a gate or partitioner check.
  std::vector<record::record_error> invalid_records;
  std::vector<record_rejection> rejected_records;
  /// What a gate or partitioner check says of the batch; empty: the error says enough.
  std::string message = {};
};

using append_outcome = boost::system::result<append_success, append_failure>;
using append_completion = unique_function<void(append_outcome)>;

// Read --------------------------------------------------------------------------------------------

enum class isolation { read_uncommitted, read_committed };

struct read_request {
  offset from{0};
  std::size_t size_bytes_max = 1U << 20;
  /// Answer with the first batch even when it alone is larger (KIP-74).
  bool minimum_one_batch = true;
  isolation level = isolation::read_uncommitted;
  /// What the client takes for the leader's epoch (KIP-320).
  std::optional<leader_epoch> current_leader_epoch;
  /// The epoch of the last record before `from` as the client knows it (Fetch 12).
  std::optional<leader_epoch> last_fetched_epoch;
};

struct read_outcome {
  /// Empty where there is nothing to read yet. Keeps the bytes readable; any thread may read them.
  log::read_slice slice;
  offset high_watermark{0};
  offset last_stable_offset{0};
  offset log_start{0};
  /// For read_committed only: those that overlap the slice, by first offset.
  std::vector<log::aborted_transaction> aborted;
  /// The client's log parts from this one: records after this are not what it thinks. The slice is
  /// then empty.
  std::optional<log::leader_epoch_end> diverging;
};

}  // namespace tidemill::partition
