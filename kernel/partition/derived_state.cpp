#include "partition/derived_state.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"
#include "log/producer_state_snapshot.hpp"
#include "partition/errc.hpp"

namespace tidemill::partition {

namespace {

/// Bounds on what is read into memory: 65,536 producers take 11 MiB at most.
constexpr std::uint64_t snapshot_size_bytes_max = std::uint64_t{64} << 20;
constexpr std::uint64_t epochs_size_bytes_max = std::uint64_t{1} << 20;
constexpr std::uint64_t transaction_index_size_bytes_max = std::uint64_t{64} << 20;

offset segment_of(const std::vector<offset>& segments, offset position) noexcept {
  const auto after = std::upper_bound(segments.begin(), segments.end(), position);
  return after == segments.begin() ? position : *std::prev(after);
}

/// A full disk keeps nobody from reading: what could not be written is in memory, and is tried
/// again with the next append and when the log is closed.
result<void> unless_full(result<void> written) noexcept {
  return written || io::is_out_of_space(written.error()) ? result<void>{} : written;
}

}  // namespace

derived_state::derived_state(surroundings where)
    : where_(std::move(where)), producers_(where_.producers_max) {}

std::int64_t derived_state::now_ms() const noexcept {
  return where_.clock.wall_now().time_since_epoch().count();
}

// Reading -----------------------------------------------------------------------------------------

result<derived_state::found_files> derived_state::list_files() {
  found_files files;
  snapshots_.clear();
  auto entries = where_.disk.list(where_.directory);
  if (!entries) {
    if (io::is_missing(entries.error())) {
      return files;
    }
    return entries.error();
  }
  for (const io::directory_entry& entry : *entries) {
    if (const auto base = log::parse_segment_file_name(entry.name, log::log_suffix)) {
      files.segments.push_back(*base);
    } else if (const auto index =
                   log::parse_segment_file_name(entry.name, log::transaction_index_suffix)) {
      files.transaction_indexes.push_back(*index);
    } else if (const auto at =
                   log::parse_segment_file_name(entry.name, log::producer_snapshot_suffix)) {
      snapshots_.push_back(*at);
    }
  }
  std::sort(files.segments.begin(), files.segments.end());
  std::sort(files.transaction_indexes.begin(), files.transaction_indexes.end());
  std::sort(snapshots_.begin(), snapshots_.end());
  return files;
}

result<derived_state::loaded> derived_state::load(const log::log_state& closed) {
  TIDEMILL_TRY_ASSIGN(files, list_files());
  remove_snapshots_above(closed.log_end);
  TIDEMILL_TRY_ASSIGN(epochs, load_epochs());
  TIDEMILL_TRY_ASSIGN(indexes, load_transaction_indexes(files, closed.log_end));
  const bool had_snapshots = !snapshots_.empty();
  TIDEMILL_TRY_ASSIGN(snapshot, load_latest_snapshot(closed.log_end));
  lacks_transactions_ = indexes == loaded::incomplete ||
                        count_aborted(closed.log_start) < closed.aborted_transactions;
  // Without any snapshot there never were producers; with an older one the last word on them is
  // missing.
  const bool producers_whole = had_snapshots ? snapshot == closed.log_end : true;
  return epochs == loaded::whole && !lacks_transactions_ && producers_whole ? loaded::whole
                                                                            : loaded::incomplete;
}

result<std::optional<byte_buffer>> derived_state::read(const std::string& path,
                                                       std::uint64_t size_bytes_max) {
  auto bytes = io::read_whole_file(where_.disk, path, size_bytes_max);
  if (!bytes && io::is_out_of_descriptors(bytes.error())) {
    return bytes.error();
  }
  return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
}

result<derived_state::loaded> derived_state::load_epochs() {
  const std::string path = where_.directory + "/" + std::string(log::leader_epoch_checkpoint_name);
  TIDEMILL_TRY_ASSIGN(text, read(path, epochs_size_bytes_max));
  auto epochs = text ? log::leader_epoch_cache::from_text(as_text(*text)) : std::nullopt;
  epochs_ = epochs ? std::move(*epochs) : log::leader_epoch_cache{};
  return epochs ? loaded::whole : loaded::incomplete;
}

result<derived_state::loaded> derived_state::load_transaction_indexes(const found_files& files,
                                                                      offset log_end) {
  transactions_.clear();
  damaged_indexes_.clear();
  for (const offset base : files.transaction_indexes) {
    const auto next_segment = std::upper_bound(files.segments.begin(), files.segments.end(), base);
    const offset end = next_segment == files.segments.end() ? log_end : *next_segment;
    const std::string path =
        log::segment_file_path(where_.directory, base, log::transaction_index_suffix);
    TIDEMILL_TRY_ASSIGN(bytes, read(path, transaction_index_size_bytes_max));
    auto index = bytes ? log::transaction_index::decode(*bytes, base, end) : std::nullopt;
    if (!index) {
      damaged_indexes_.push_back(base);
    } else if (!index->empty()) {
      transactions_.emplace(base, std::move(*index));
    }
  }
  return damaged_indexes_.empty() ? loaded::whole : loaded::incomplete;
}

/// Damaged files are passed over, and removed.
result<std::optional<offset>> derived_state::load_latest_snapshot(offset at_most) {
  producers_.clear();
  remove_snapshots_above(at_most);
  while (!snapshots_.empty()) {
    const offset at = snapshots_.back();
    const std::string path =
        log::segment_file_path(where_.directory, at, log::producer_snapshot_suffix);
    TIDEMILL_TRY_ASSIGN(bytes, read(path, snapshot_size_bytes_max));
    const auto entries = bytes ? log::decode_producer_snapshot(*bytes) : std::nullopt;
    if (entries) {
      const std::int64_t now = now_ms();
      for (const log::producer_entry& entry : *entries) {
        producers_.load(entry, now);
      }
      return std::optional(at);
    }
    remove_file(path);
    snapshots_.pop_back();
  }
  return std::optional<offset>();
}

// Recovery ----------------------------------------------------------------------------------------

result<offset> derived_state::begin_recovery(const log::recovery_extent& extent) {
  TIDEMILL_TRY_ASSIGN(files, list_files());
  TIDEMILL_TRY_ASSIGN(epochs, load_epochs());
  // Indexes are judged against the recovery point: what they say above it is derived again.
  TIDEMILL_TRY_ASSIGN(indexes, load_transaction_indexes(files, offset{INT64_MAX}));
  TIDEMILL_TRY_ASSIGN(snapshot, load_latest_snapshot(extent.recovery_point));
  segments_ = std::move(files.segments);
  epochs_changed_ = epochs_.truncate_from_end(extent.recovery_point) || epochs_changed_;
  const bool whole = epochs == loaded::whole && indexes == loaded::whole && !lacks_transactions_;
  const offset from = whole && snapshot ? std::max(*snapshot, extent.log_start) : extent.log_start;
  if (!whole) {
    producers_.clear();
    epochs_changed_ = epochs_.clear() || epochs_changed_;
  }
  for (auto& [base, index] : transactions_) {
    static_cast<void>(index.truncate_to(from));
  }
  return from;
}

result<void> derived_state::recovered(const record::batch_view& batch) {
  const auto epoch = batch.leader_epoch();
  if (epoch && (!epochs_.latest() || *epoch > *epochs_.latest())) {
    epochs_changed_ = epochs_.assign(*epoch, batch.base_offset()) || epochs_changed_;
  }
  const auto completed = producers_.apply(batch, now_ms());
  if (completed && completed->aborted) {
    transactions_[segment_of(segments_, completed->last_offset)].add(
        {completed->producer, completed->first_offset, completed->last_offset,
         completed->last_stable_offset});
  }
  return {};
}

result<void> derived_state::end_recovery(offset log_end) {
  epochs_changed_ = epochs_.truncate_from_end(log_end) || epochs_changed_;
  remove_snapshots_above(log_end);
  std::vector<offset> bases = std::exchange(damaged_indexes_, {});
  for (auto& [base, index] : transactions_) {
    static_cast<void>(index.truncate_to(log_end));
    bases.push_back(base);
  }
  lacks_transactions_ = false;
  for (const offset base : bases) {
    TIDEMILL_TRY(unless_full(write_transaction_index(base)));
  }
  segments_ = {};
  return unless_full(write_epochs_if_changed());
}

// Following the log -------------------------------------------------------------------------------

result<void> derived_state::rolled(offset base) {
  auto written = write_snapshot(base);
  snapshot_is_due_ = !written && io::is_out_of_space(written.error());
  return snapshot_is_due_ ? result<void>{} : written;
}

void derived_state::truncated(offset log_end) {
  epochs_changed_ = epochs_.truncate_from_end(log_end) || epochs_changed_;
  static_cast<void>(write_epochs_if_changed());  // else the next append tries again
  std::vector<offset> changed;
  for (auto& [base, index] : transactions_) {
    if (index.truncate_to(log_end)) {
      changed.push_back(base);
    }
  }
  for (const offset base : changed) {
    static_cast<void>(write_transaction_index(base));
  }
  static_cast<void>(load_latest_snapshot(log_end));
}

void derived_state::start_advanced(offset log_start) {
  epochs_changed_ = epochs_.truncate_from_start(log_start) || epochs_changed_;
  while (snapshots_.size() > 1 && snapshots_.front() <= log_start) {
    remove_file(log::segment_file_path(where_.directory, snapshots_.front(),
                                       log::producer_snapshot_suffix));
    snapshots_.erase(snapshots_.begin());
  }
  std::erase_if(transactions_, [log_start](const auto& each) {
    return each.second.empty() || each.second.entries().back().last_offset < log_start;
  });
}

/// What cannot be written here only makes readers skip what is not there any more.
void derived_state::compacted(offset base, offset end,
                              const std::vector<log::aborted_transaction>& aborted) {
  std::vector<offset> changed;
  for (auto each = transactions_.lower_bound(base);
       each != transactions_.end() && each->first < end; ++each) {
    each->second = {};
    changed.push_back(each->first);
  }
  for (const log::aborted_transaction& each : aborted) {
    transactions_[base].add(each);
  }
  for (const offset one : changed) {
    static_cast<void>(write_transaction_index(one));
  }
  if (!aborted.empty()) {
    static_cast<void>(write_transaction_index(base));
  }
}

std::uint64_t derived_state::count_aborted(offset log_start) const noexcept {
  std::uint64_t count = 0;
  for (const auto& [base, index] : transactions_) {
    for (const log::aborted_transaction& each : index.entries()) {
      count += each.last_offset >= log_start ? 1U : 0U;
    }
  }
  return count;
}

void derived_state::begin_epoch(leader_epoch epoch, offset at) {
  epochs_changed_ = epochs_.assign(epoch, at) || epochs_changed_;
}

result<void> derived_state::appended(const record::batch_view& batch, offset segment_base) {
  if (epochs_changed_) {
    TIDEMILL_TRY(write_epochs_if_changed());
  }
  if (snapshot_is_due_ && write_snapshot(batch.base_offset())) {
    snapshot_is_due_ = false;
  }
  if (!batch.producer_id()) {
    return {};
  }
  const auto completed = producers_.apply(batch, now_ms());
  if (completed && completed->aborted) {
    transactions_[segment_base].add({completed->producer, completed->first_offset,
                                     completed->last_offset, completed->last_stable_offset});
    return write_transaction_index(segment_base);
  }
  return {};
}

std::vector<log::aborted_transaction> derived_state::aborted_in(offset begin, offset end) const {
  std::vector<log::aborted_transaction> found;
  for (const auto& [base, index] : transactions_) {
    if (index.collect(begin, end, found)) {
      break;
    }
  }
  log::sort_by_first_offset(found);
  return found;
}

// Writing -----------------------------------------------------------------------------------------

result<void> derived_state::save(offset log_end) {
  TIDEMILL_TRY(write_epochs_if_changed());
  for (const offset base : std::set(unwritten_indexes_)) {
    TIDEMILL_TRY(write_transaction_index(base));
  }
  if (producers_.empty() && snapshots_.empty()) {
    return {};
  }
  return write_snapshot(log_end);
}

result<void> derived_state::write_snapshot(offset at) {
  const std::string path =
      log::segment_file_path(where_.directory, at, log::producer_snapshot_suffix);
  TIDEMILL_TRY(write_file(path, log::encode_producer_snapshot(producers_.entries())));
  if (snapshots_.empty() || snapshots_.back() < at) {
    snapshots_.push_back(at);
  }
  while (snapshots_.size() > snapshots_kept + 1) {
    remove_file(log::segment_file_path(where_.directory, snapshots_.front(),
                                       log::producer_snapshot_suffix));
    snapshots_.erase(snapshots_.begin());
  }
  return {};
}

result<void> derived_state::write_epochs_if_changed() {
  if (!epochs_changed_) {
    return {};
  }
  const std::string text = epochs_.to_text();
  TIDEMILL_TRY(write_file(where_.directory + "/" + std::string(log::leader_epoch_checkpoint_name),
                          as_bytes(text)));
  epochs_changed_ = false;
  return {};
}

result<void> derived_state::write_transaction_index(offset segment_base) {
  const auto found = transactions_.find(segment_base);
  const std::string path =
      log::segment_file_path(where_.directory, segment_base, log::transaction_index_suffix);
  if (found == transactions_.end() || found->second.empty()) {
    remove_file(path);
    transactions_.erase(segment_base);
    unwritten_indexes_.erase(segment_base);
    return {};
  }
  byte_buffer bytes;
  bytes.reserve(found->second.size_bytes());
  for (const log::aborted_transaction& each : found->second.entries()) {
    const auto encoded = log::transaction_index::encode_entry(each);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  }
  auto written = write_file(path, bytes);
  if (written) {
    unwritten_indexes_.erase(segment_base);
  } else {
    unwritten_indexes_.insert(segment_base);
  }
  return written;
}

result<void> derived_state::write_file(const std::string& path, bytes_view content) {
  TIDEMILL_TRY(io::replace_file_unsynced(where_.disk, path, content));
  note_unsynced(path);
  return {};
}

void derived_state::note_unsynced(const std::string& path) {
  if (std::find(unsynced_.begin(), unsynced_.end(), path) == unsynced_.end()) {
    unsynced_.push_back(path);
  }
}

void derived_state::remove_file(const std::string& path) {
  static_cast<void>(where_.disk.remove(path));  // what stays is found and judged at the next start
  std::erase(unsynced_, path);
}

void derived_state::remove_snapshots_above(offset end) {
  while (!snapshots_.empty() && snapshots_.back() > end) {
    remove_file(
        log::segment_file_path(where_.directory, snapshots_.back(), log::producer_snapshot_suffix));
    snapshots_.pop_back();
  }
}

std::vector<std::string> derived_state::take_unsynced() {
  return std::exchange(unsynced_, {});
}

result<void> derived_state::sync_files(io::disk& disk, const std::string& directory,
                                       const std::vector<std::string>& paths) {
  if (paths.empty()) {
    return {};
  }
  for (const std::string& path : paths) {
    auto file = disk.open(path, io::open_mode::read_write);
    if (!file) {
      if (io::is_missing(file.error())) {
        continue;
      }
      return file.error();
    }
    TIDEMILL_TRY((*file)->sync());
  }
  return disk.sync_directory(directory);
}

}  // namespace tidemill::partition
