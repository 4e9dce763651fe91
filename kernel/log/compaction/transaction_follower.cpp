#include "log/compaction/transaction_follower.hpp"

#include <utility>

#include "record/control_batch.hpp"

namespace tidemill::log {

transaction_follower::transaction_follower(std::vector<aborted_transaction> aborted)
    : aborted_(std::move(aborted)) {
  sort_by_first_offset(aborted_);
}

void transaction_follower::begin_up_to(offset last) {
  while (next_ < aborted_.size() && aborted_[next_].first_offset <= last) {
    const aborted_transaction& entry = aborted_[next_];
    aborting_.insert_or_assign(entry.producer.value(), open_abort{entry, false});
    ++next_;
  }
}

bool transaction_follower::is_aborted(const record::batch_view& batch) {
  begin_up_to(batch.last_offset());
  const auto producer = batch.producer_id();
  if (!batch.is_transactional() || !producer) {
    return false;
  }
  const auto found = aborting_.find(producer->value());
  if (found == aborting_.end()) {
    committing_.insert(producer->value());
    return false;
  }
  found->second.has_records = true;
  return true;
}

result<transaction_follower::fate> transaction_follower::judge_marker(
    const record::batch_view& batch, std::optional<aborted_transaction>& still_aborted) {
  begin_up_to(batch.last_offset());
  still_aborted.reset();
  if (batch.record_count() == 0) {
    return fate::may_go;  // it was emptied before
  }
  TIDEMILL_TRY_ASSIGN(marker, record::read_end_transaction_marker(batch));
  if (!marker) {
    return fate::stays;  // of a kind that nobody knows here
  }
  if (marker->ending == record::end_transaction_marker::outcome::commit) {
    return committing_.erase(marker->producer_id.value()) == 0 ? fate::may_go : fate::stays;
  }
  const auto found = aborting_.find(marker->producer_id.value());
  if (found == aborting_.end()) {
    return fate::may_go;
  }
  const open_abort ended = found->second;
  aborting_.erase(found);
  if (!ended.has_records) {
    return fate::may_go;
  }
  still_aborted = ended.entry;
  return fate::stays;
}

}  // namespace tidemill::log
