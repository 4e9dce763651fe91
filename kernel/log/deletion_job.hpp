#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// Frees the files of removed segments, or of a whole log directory, in steps that are small enough
/// not to stall the device's journal: large files are cut from the end, bit by bit, then removed.
/// Any one thread at a time; meant for the blocking pool, one step per task. Dropping the job
/// midway is safe: what is left is found and removed when the log is opened again.
///
/// Files that were never synced may come back torn after a crash, and recovery would cut off all
/// that follows. So they go only once a durable log start tells it not to look at them
/// (run_first()), or, where that cannot be written, once they are synced after all.
///
/// Segments leave a log in the order of their offsets: a hole would make the next recovery take the
/// log for damaged. So where a file of a log has to stay, those of all its later jobs stay too,
/// until it is opened again.
class deletion_job {
 public:
  /// A file is cut by at most this much in one step.
  static constexpr std::uint64_t step_size_bytes_max = std::uint64_t{64} << 20;
  /// So many are renamed in one step.
  static constexpr std::size_t renames_per_step_max = 64;

  enum class progress {
    more,     ///< call again
    waiting,  ///< somebody still reads a removed segment: call again later
    done
  };

  /// Shared by the jobs of one log: a file of it has to stay.
  using removal_stop = std::shared_ptr<std::atomic<bool>>;

  deletion_job() noexcept = default;
  explicit deletion_job(io::disk& disk, removal_stop stop = nullptr) noexcept
      : disk_(&disk), stop_(std::move(stop)) {}

  /// A segment file that is already out of the log. `rename_first` when it still bears its name.
  /// `readers` expires when the last slice has gone.
  void add_file(std::string path, bool rename_first, std::weak_ptr<const io::file> readers);
  /// The same for a file that was never synced; a step to run first must be given.
  void add_unsynced_file(std::string path, std::weak_ptr<const io::file> readers);
  /// A directory: its files, one by one, then itself. Its parent is not synced.
  void add_directory(std::string path);
  /// Runs before any file goes, until it succeeds once. Where it finds no room, the files of
  /// directories go and make some.
  void run_first(unique_function<result<void>()> prelude) {
    preludes_.push_back(std::move(prelude));
  }
  /// Becomes true, for good, when a crash cannot bring the unsynced files back into the log.
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> settled();
  /// Makes the directory's entries durable before anything is removed.
  void sync_first(std::string directory);
  void absorb(deletion_job other);

  [[nodiscard]] bool empty() const noexcept { return files_.empty() && directories_.empty(); }
  /// Files of a log, not only a directory that has left its place as a whole.
  [[nodiscard]] bool has_files() const noexcept { return !files_.empty(); }
  /// The files have lost their names, in the order of their offsets: what is found after a crash is
  /// a log without a hole. A later job of the same log starts when this is true.
  [[nodiscard]] bool renamed() const noexcept {
    return sync_first_.empty() && preludes_.empty() && renamed_ == files_.size();
  }

  /// Blocks for one small step. A file that is not there any more is fine. After an error that may
  /// pass (no descriptor left, no space for a name) the next call tries the same again; after any
  /// other the file is given up, it is found again at the next start.
  [[nodiscard]] result<progress> run_step();

 private:
  struct doomed_file {
    std::string path;
    bool rename_first = false;
    bool unsynced = false;
    std::weak_ptr<const io::file> readers;
    std::unique_ptr<io::file> opened;
    std::uint64_t size_bytes = 0;
  };
  using settled_flag = std::shared_ptr<std::atomic<bool>>;

  [[nodiscard]] result<void> sync_directories();
  [[nodiscard]] result<void> run_preludes();
  [[nodiscard]] result<void> sync_unsynced();
  [[nodiscard]] result<void> rename_files();
  [[nodiscard]] result<progress> step_file(doomed_file& doomed);
  [[nodiscard]] result<void> begin_file(doomed_file& doomed);
  [[nodiscard]] result<progress> step_directory();
  void keep_the_rest() noexcept;
  [[nodiscard]] progress left() const noexcept {
    return !empty() ? progress::more : preludes_.empty() ? progress::done : progress::waiting;
  }

  io::disk* disk_ = nullptr;
  removal_stop stop_;
  /// The first renamed_ of them bear no name of a log's file any more.
  std::vector<doomed_file> files_;
  std::size_t renamed_ = 0;
  std::vector<std::string> directories_;
  std::vector<std::string> sync_first_;
  std::vector<unique_function<result<void>()>> preludes_;
  std::vector<settled_flag> settled_;
};

}  // namespace tidemill::log
