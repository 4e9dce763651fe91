#include "log/compaction/batch_filter.hpp"

#include <algorithm>

#include "record/batch_rewrite.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::log {
namespace {

/// As where records are looked up by time: far more than a batch holds.
constexpr std::size_t plain_size_bytes_max = std::size_t{128} << 20;

std::uint32_t count_of(const record::batch_view& batch) noexcept {
  return static_cast<std::uint32_t>(std::max(batch.record_count(), 0));
}

}  // namespace

result<bytes_view> plain_records(const record::batch_view& batch, const record::codec_set& codecs,
                                 byte_buffer& room) {
  if (!batch.is_compressed() || batch.record_count() == 0) {
    return batch.records_bytes();
  }
  const auto type = batch.compression();
  const record::codec* codec = type ? codecs.find(*type) : nullptr;
  if (codec == nullptr) {
    return type ? record::errc::codec_missing : record::errc::unknown_compression;
  }
  return codec->plain_form(batch.records_bytes(), plain_size_bytes_max, room);
}

batch_filter::batch_filter(const filter_rules& rules, const key_table& keys, offset known_to,
                           std::vector<aborted_transaction> aborted)
    : rules_(rules), keys_(keys), known_to_(known_to), transactions_(std::move(aborted)) {}

bool batch_filter::is_last_of_producer(const record::batch_view& batch) const noexcept {
  const auto producer = batch.producer_id();
  if (!producer) {
    return false;
  }
  const auto found = rules_.producers.find(producer->value());
  if (found == rules_.producers.end()) {
    return false;
  }
  const last_batch& last = found->second;
  if (last.is_unknown && !last.last_offset) {
    return true;
  }
  return last.last_offset ? *last.last_offset == batch.last_offset()
                          : batch.is_control() && batch.producer_epoch() == last.epoch;
}

result<batch_filter::outcome> batch_filter::apply(const record::batch_view& batch, bool keep_end) {
  const bool keep_empty = keep_end || is_last_of_producer(batch);
  return batch.is_control() ? apply_control(batch, keep_empty) : apply_data(batch, keep_empty);
}

batch_filter::outcome batch_filter::emptied(const record::batch_view& batch, bool keep_empty) {
  if (!keep_empty) {
    return {{}, count_of(batch), true};
  }
  if (batch.record_count() == 0) {
    return {batch.bytes(), 0, false};
  }
  made_ = record::without_records(batch);
  return {made_, count_of(batch), true};
}

/// A marker whose transaction has gone gets a horizon first, as a tombstone does: readers that are
/// in the midst of the transaction still meet it.
result<batch_filter::outcome> batch_filter::apply_control(const record::batch_view& batch,
                                                          bool keep_empty) {
  std::optional<aborted_transaction> still_aborted;
  TIDEMILL_TRY_ASSIGN(fate, transactions_.judge_marker(batch, still_aborted));
  if (still_aborted) {
    aborted_.push_back(*still_aborted);
  }
  if (batch.base_offset() > known_to_) {
    return outcome{batch.bytes(), 0, false};
  }
  if (batch.record_count() == 0) {
    return emptied(batch, keep_empty);
  }
  const auto horizon = batch.delete_horizon_ms();
  if (fate == transaction_follower::fate::stays || (horizon && *horizon > rules_.now_ms)) {
    return outcome{batch.bytes(), 0, false};
  }
  if (horizon) {
    return emptied(batch, keep_empty);
  }
  TIDEMILL_TRY_ASSIGN(plain, plain_records(batch, *rules_.codecs, plain_room_));
  keep_.assign(count_of(batch), true);
  TIDEMILL_TRY_ASSIGN(
      made, record::with_records(batch, plain, keep_, rules_.now_ms + rules_.delete_retention_ms,
                                 *rules_.codecs));
  made_ = std::move(made);
  return outcome{made_, 0, true};
}

result<batch_filter::outcome> batch_filter::apply_data(const record::batch_view& batch,
                                                       bool keep_empty) {
  const bool is_aborted = transactions_.is_aborted(batch);
  if (batch.base_offset() > known_to_) {
    return outcome{batch.bytes(), 0, false};
  }
  if (is_aborted || batch.record_count() == 0) {
    return emptied(batch, keep_empty);
  }
  TIDEMILL_TRY_ASSIGN(plain, plain_records(batch, *rules_.codecs, plain_room_));
  TIDEMILL_TRY_ASSIGN(judged, judge(batch, plain));
  const auto [kept, has_tombstone] = judged;
  if (kept == 0) {
    return emptied(batch, keep_empty);
  }
  std::optional<std::int64_t> horizon;
  if (has_tombstone && !batch.delete_horizon_ms()) {
    horizon = rules_.now_ms + rules_.delete_retention_ms;
  }
  if (kept == batch.record_count() && !horizon) {
    return outcome{batch.bytes(), 0, false};
  }
  TIDEMILL_TRY_ASSIGN(made, record::with_records(batch, plain, keep_, horizon, *rules_.codecs));
  made_ = std::move(made);
  return outcome{made_, count_of(batch) - static_cast<std::uint32_t>(kept), true};
}

result<std::pair<std::int32_t, bool>> batch_filter::judge(const record::batch_view& batch,
                                                          bytes_view plain) {
  const auto horizon = batch.delete_horizon_ms();
  const bool keeps_tombstones = !horizon || rules_.now_ms < *horizon;
  std::int32_t kept = 0;
  bool has_tombstone = false;
  keep_.clear();
  record::record_iterator records(plain, batch.record_count());
  record::record_view record;
  while (records.next(record)) {
    const offset at = record::offset_of(batch, record);
    bool keep = at > known_to_;
    if (!keep && record.key && (record.value || keeps_tombstones)) {
      const auto latest = keys_.find(*record.key);
      keep = !latest || at >= *latest;
    }
    has_tombstone = has_tombstone || (keep && record.key && !record.value);
    kept += keep ? 1 : 0;
    keep_.push_back(keep);
  }
  if (const auto flaw = records.error()) {
    return *flaw;
  }
  return std::pair(kept, has_tombstone);
}

}  // namespace tidemill::log
