#pragma once

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
class deletion_job {
 public:
  /// A file is cut by at most this much in one step.
  static constexpr std::uint64_t step_size_bytes_max = std::uint64_t{64} << 20;

  enum class progress {
    more,     ///< call again
    waiting,  ///< somebody still reads a removed segment: call again later
    done
  };

  deletion_job() noexcept = default;
  explicit deletion_job(io::disk& disk) noexcept : disk_(&disk) {}

  /// A segment file that is already out of the log. `rename_first` when it still bears its name.
  /// `readers` expires when the last slice has gone.
  void add_file(std::string path, bool rename_first, std::weak_ptr<const io::file> readers);
  /// A directory: its files, one by one, then itself. Its parent is not synced.
  void add_directory(std::string path);
  /// Runs as the first step, until it succeeds once.
  void run_first(unique_function<result<void>()> prelude) { prelude_ = std::move(prelude); }
  /// Makes the directory's entries durable before anything is removed.
  void sync_first(std::string directory);
  void absorb(deletion_job other);

  [[nodiscard]] bool empty() const noexcept { return files_.empty() && directories_.empty(); }

  /// Blocks for one small step. A file that is not there any more is fine. After an error the file
  /// is given up (it is found again at the next start), and the job goes on with the next call.
  [[nodiscard]] result<progress> run_step();

 private:
  struct doomed_file {
    std::string path;
    bool rename_first = false;
    std::weak_ptr<const io::file> readers;
    std::unique_ptr<io::file> opened;
    std::uint64_t size_bytes = 0;
  };

  [[nodiscard]] result<progress> step_file(doomed_file& doomed);
  [[nodiscard]] result<void> begin_file(doomed_file& doomed);
  [[nodiscard]] result<progress> step_directory();
  [[nodiscard]] progress left() const noexcept { return empty() ? progress::done : progress::more; }

  io::disk* disk_ = nullptr;
  std::vector<doomed_file> files_;
  std::vector<std::string> directories_;
  std::vector<std::string> sync_first_;
  unique_function<result<void>()> prelude_;
};

}  // namespace tidemill::log
