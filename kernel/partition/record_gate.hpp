#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "record/batch_view.hpp"

namespace tidemill::partition {

/// A record that is not let in, for record_errors in the answer to Produce 8 and later (KIP-467).
struct record_rejection {
  /// Position in the batch, counted from 0.
  std::int32_t index = 0;
  std::string message;

  friend bool operator==(const record_rejection&, const record_rejection&) = default;
};

/// Who has sent a batch. Borrowed for the append; not to be trusted (S16).
struct producer_client {
  std::string_view client_id;
  std::string_view listener;
  /// "10.0.0.7:51234"
  std::string_view address;
};

/// Where a produced batch is going, and on which shard it is looked at.
struct batch_destination {
  topic_id topic;
  std::string_view topic_name;
  partition_index partition;
  /// How many partitions the topic has.
  std::int32_t partition_count = 1;
  /// Changes whenever the topic's settings do.
  std::uint64_t settings_epoch = 0;
  shard_index shard{0};
  /// nullptr where nobody knows.
  const producer_client* client = nullptr;
};

/// Why a batch is not let in; nothing in it: it is.
struct objections {
  /// The records to blame, in order of index, at most record::record_errors_max.
  std::vector<record_rejection> records;
  /// One sentence about the batch as a whole, for its producer.
  std::string message;
  /// Set when the batch is refused; errc::records_rejected where a rule has decided it.
  error_code error;
};

/// Lets records into a topic or refuses them (topic setting tidemill.validate). The seam to which
/// rules and extensions attach; a topic that names none has no gate and pays nothing. Called on the
/// shard's thread for each validated batch before it is appended; must not block, keeps nothing of
/// what it is shown. One rejected record rejects the batch.
class record_gate {
 public:
  virtual ~record_gate() = default;
  /// False when judge() does not look into `records`: compressed ones are then left alone.
  [[nodiscard]] virtual bool needs_records(shard_index shard) const noexcept = 0;
  /// `records` are the plain records of the batch where they are needed, well-formed or not.
  virtual void judge(const batch_destination& destination, const record::batch_view& batch,
                     bytes_view records, objections& found) = 0;
};

}  // namespace tidemill::partition
