#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/clock.hpp"
#include "io/disk.hpp"
#include "log/batch_observer.hpp"
#include "log/leader_epoch_cache.hpp"
#include "log/log_state.hpp"
#include "log/producer_state.hpp"
#include "log/transaction_index.hpp"
#include "record/batch_view.hpp"

namespace tidemill::partition {

/// What follows from the batches of one log: its producers, leader epochs and aborted transactions,
/// with the files they stand in (.snapshot, leader-epoch-checkpoint, .txnindex). The files are
/// written without waiting for the device; sync_files() is called before the recovery point may
/// pass, so that what recovery trusts is there, and what is damaged is derived again from the log.
/// On the pool during log::open(), load() and sync_files(); on the shard's thread otherwise.
class derived_state final : public log::batch_observer {
 public:
  struct surroundings {
    io::disk& disk;
    const io::clock& clock;
    std::string directory;
    std::size_t producers_max = log::producer_states::producers_max_default;
  };
  explicit derived_state(surroundings where);

  enum class loaded { whole, incomplete };
  /// Reads the files of a log that was closed cleanly. `incomplete` when they do not tell
  /// everything: the log is then to be opened as after a crash, which derives the rest. Blocks.
  [[nodiscard]] result<loaded> load(const log::log_state& closed);

  // log::batch_observer
  [[nodiscard]] result<offset> begin_recovery(const log::recovery_extent& extent) override;
  [[nodiscard]] result<void> recovered(const record::batch_view& batch) override;
  [[nodiscard]] result<void> end_recovery(offset log_end) override;
  [[nodiscard]] result<void> rolled(offset base) override;
  void truncated(offset log_end) override;
  void start_advanced(offset log_start) override;
  void compacted(offset base, offset end,
                 const std::vector<log::aborted_transaction>& aborted) override;

  /// A leader of `epoch` is about to append at `at`; memory only, appended() writes it down.
  void begin_epoch(leader_epoch epoch, offset at);
  /// The batch has been appended to the segment that starts at `segment_base`.
  [[nodiscard]] result<void> appended(const record::batch_view& batch, offset segment_base);

  /// Aborted transactions that overlap [begin, end), by first offset.
  [[nodiscard]] std::vector<log::aborted_transaction> aborted_in(offset begin, offset end) const;

  /// How many aborted transactions end at `log_start` or later.
  [[nodiscard]] std::uint64_t count_aborted(offset log_start) const noexcept;

  /// The log closes at `log_end`: the producers are written down. Blocks.
  [[nodiscard]] result<void> save(offset log_end);

  /// Files written since the last call, to be made durable with sync_files() in the pool.
  [[nodiscard]] std::vector<std::string> take_unsynced();
  /// A file that is not durable yet: whoever has taken it could not sync it, and nothing failed.
  void note_unsynced(const std::string& path);
  [[nodiscard]] bool has_unsynced() const noexcept { return !unsynced_.empty(); }
  /// Syncs the files and the directory; files that are gone by now are fine. Blocks.
  [[nodiscard]] static result<void> sync_files(io::disk& disk, const std::string& directory,
                                               const std::vector<std::string>& paths);

  [[nodiscard]] log::producer_states& producers() noexcept { return producers_; }
  [[nodiscard]] const log::producer_states& producers() const noexcept { return producers_; }
  [[nodiscard]] const log::leader_epoch_cache& epochs() const noexcept { return epochs_; }

  /// Snapshots kept beside the latest: what a truncation can go back to.
  static constexpr std::size_t snapshots_kept = 3;

 private:
  struct found_files {
    std::vector<offset> segments;
    std::vector<offset> transaction_indexes;
  };
  [[nodiscard]] result<found_files> list_files();
  // Of these a file that is damaged counts as missing; the only error is a lack of descriptors.
  [[nodiscard]] result<std::optional<byte_buffer>> read(const std::string& path,
                                                        std::uint64_t size_bytes_max);
  [[nodiscard]] result<loaded> load_epochs();
  [[nodiscard]] result<loaded> load_transaction_indexes(const found_files& files, offset log_end);
  [[nodiscard]] result<std::optional<offset>> load_latest_snapshot(offset at_most);
  [[nodiscard]] result<void> write_file(const std::string& path, bytes_view content);
  [[nodiscard]] result<void> write_epochs_if_changed();
  [[nodiscard]] result<void> write_snapshot(offset at);
  [[nodiscard]] result<void> write_transaction_index(offset segment_base);
  void remove_file(const std::string& path);
  void remove_snapshots_above(offset end);
  [[nodiscard]] std::int64_t now_ms() const noexcept;

  surroundings where_;
  log::producer_states producers_;
  log::leader_epoch_cache epochs_;
  /// By segment; only those that have entries.
  std::map<offset, log::transaction_index> transactions_;
  /// Offsets of the snapshot files, ascending.
  std::vector<offset> snapshots_;
  std::vector<std::string> unsynced_;
  /// While recovering: where the segments start.
  std::vector<offset> segments_;
  /// Segments whose transaction index is damaged. The file stays until what it should say is
  /// derived, so that whoever starts again before that sees it too.
  std::vector<offset> damaged_indexes_;
  /// Transaction indexes whose files say less, or more, than what is known.
  std::set<offset> unwritten_indexes_;
  /// A segment began on a full disk, without the snapshot that belongs to it.
  bool snapshot_is_due_ = false;
  /// A transaction index is missing that was there when the log was closed.
  bool lacks_transactions_ = false;
  bool epochs_changed_ = false;
};

}  // namespace tidemill::partition
