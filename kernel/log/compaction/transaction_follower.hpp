#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/transaction_index.hpp"
#include "record/batch_view.hpp"

namespace tidemill::log {

/// Follows the transactions through the batches of a log, from its start on and in order, as the
/// cleaner has to: records of aborted ones go at once; a marker stays until nothing of its
/// transaction is left. One thread at a time.
class transaction_follower {
 public:
  /// `aborted`: of the batches that will be shown.
  explicit transaction_follower(std::vector<aborted_transaction> aborted);

  /// A data batch: true when its transaction was aborted, so that its records count for nothing.
  [[nodiscard]] bool is_aborted(const record::batch_view& batch);

  enum class fate : std::uint8_t {
    stays,
    may_go  ///< nothing of its transaction was met any more: once its delete horizon has passed
  };
  /// What becomes of a control batch. `still_aborted`: the entry of the transaction index that has
  /// to stay for it. record::errc::control_record_invalid.
  [[nodiscard]] result<fate> judge_marker(const record::batch_view& batch,
                                          std::optional<aborted_transaction>& still_aborted);

 private:
  struct open_abort {
    aborted_transaction entry;
    bool has_records = false;
  };
  void begin_up_to(offset last);

  /// By first offset; those from next_ on have not begun yet.
  std::vector<aborted_transaction> aborted_;
  std::size_t next_ = 0;
  std::unordered_map<std::int64_t, open_abort> aborting_;
  std::unordered_set<std::int64_t> committing_;
};

}  // namespace tidemill::log
