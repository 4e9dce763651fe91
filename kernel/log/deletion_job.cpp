#include "log/deletion_job.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"

namespace tidemill::log {
namespace {

/// Nothing is wrong with the directory: the same may succeed later.
bool may_pass(const error_code& error) noexcept {
  return io::is_out_of_descriptors(error) || io::is_out_of_space(error) ||
         error == boost::system::errc::not_enough_memory;
}

}  // namespace

void deletion_job::add_file(std::string path, bool rename_first,
                            std::weak_ptr<const io::file> readers) {
  TIDEMILL_ASSERT(disk_ != nullptr);
  files_.push_back({std::move(path), rename_first, false, std::move(readers), nullptr, 0});
}

void deletion_job::add_unsynced_file(std::string path, std::weak_ptr<const io::file> readers) {
  TIDEMILL_ASSERT(disk_ != nullptr);
  files_.push_back({std::move(path), true, true, std::move(readers), nullptr, 0});
}

std::shared_ptr<const std::atomic<bool>> deletion_job::settled() {
  return settled_.emplace_back(std::make_shared<std::atomic<bool>>(false));
}

void deletion_job::add_directory(std::string path) {
  TIDEMILL_ASSERT(disk_ != nullptr);
  directories_.push_back(std::move(path));
}

void deletion_job::sync_first(std::string directory) {
  sync_first_.push_back(std::move(directory));
}

void deletion_job::absorb(deletion_job other) {
  disk_ = disk_ != nullptr ? disk_ : other.disk_;
  stop_ = stop_ != nullptr ? stop_ : other.stop_;
  renamed_ += renamed_ == files_.size() ? other.renamed_ : 0;
  std::move(other.files_.begin(), other.files_.end(), std::back_inserter(files_));
  std::move(other.directories_.begin(), other.directories_.end(), std::back_inserter(directories_));
  std::move(other.preludes_.begin(), other.preludes_.end(), std::back_inserter(preludes_));
  std::move(other.settled_.begin(), other.settled_.end(), std::back_inserter(settled_));
  std::move(other.sync_first_.begin(), other.sync_first_.end(), std::back_inserter(sync_first_));
}

result<deletion_job::progress> deletion_job::run_step() {
  if (!renamed() && stop_ != nullptr && stop_->load(std::memory_order_acquire)) {
    keep_the_rest();
    return left();
  }
  if (!sync_first_.empty()) {
    TIDEMILL_TRY(sync_directories());
    return left();
  }
  if (!preludes_.empty()) {
    const auto done = run_preludes();
    // A directory that has left its place as a whole may be what takes the space.
    const bool may_go = !directories_.empty() && renamed_ == files_.size();
    if (!done && !(may_go && io::is_out_of_space(done.error()))) {
      return done.error();
    }
  }
  if (renamed_ < files_.size()) {
    TIDEMILL_TRY(rename_files());
    return left();
  }
  for (std::size_t index = 0; index < files_.size(); ++index) {
    auto stepped = step_file(files_[index]);
    if (!stepped && io::is_out_of_descriptors(stepped.error())) {
      return stepped.error();
    }
    if (stepped && *stepped == progress::waiting) {
      continue;
    }
    if (!stepped || *stepped == progress::done) {
      files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(index));
      --renamed_;
    }
    if (!stepped) {
      if (!directories_.empty()) {
        directories_.pop_back();  // it cannot become empty
      }
      return stepped.error();
    }
    return left();
  }
  if (!files_.empty()) {
    return progress::waiting;
  }
  return step_directory();
}

/// What takes the place of the removed must not be lost while the removal stays.
result<void> deletion_job::sync_directories() {
  while (!sync_first_.empty()) {
    auto synced = disk_->sync_directory(sync_first_.back());
    if (!synced && !io::is_missing(synced.error())) {
      if (!io::is_out_of_descriptors(synced.error())) {
        keep_the_rest();
      }
      return synced;
    }
    sync_first_.pop_back();
  }
  return {};
}

/// What bears the name of a log's file keeps it, and so does whatever comes after it in the log.
void deletion_job::keep_the_rest() noexcept {
  files_.resize(renamed_);
  sync_first_.clear();
  preludes_.clear();
  if (stop_ != nullptr) {
    stop_->store(true, std::memory_order_release);
  }
}

result<void> deletion_job::run_preludes() {
  while (!preludes_.empty()) {
    if (auto done = preludes_.back()(); !done) {
      // On a full disk no checkpoint can be written before something has been removed.
      const bool can_sync = std::any_of(files_.begin(), files_.end(),
                                        [](const doomed_file& one) { return one.unsynced; });
      if (!can_sync) {
        return done;
      }
      TIDEMILL_TRY(sync_unsynced());
      preludes_.clear();
      break;
    }
    preludes_.pop_back();
  }
  for (const settled_flag& each : settled_) {
    each->store(true, std::memory_order_release);
  }
  settled_.clear();
  return {};
}

/// After a failure the files stay for good: nothing is known of what the device has of them (R24).
result<void> deletion_job::sync_unsynced() {
  for (doomed_file& one : files_) {
    if (!one.unsynced) {
      continue;
    }
    auto opened = disk_->open(one.path, io::open_mode::read_write);
    if (!opened && io::is_out_of_descriptors(opened.error())) {
      return opened.error();
    }
    auto synced = opened                           ? (*opened)->sync()
                  : io::is_missing(opened.error()) ? result<void>{}
                                                   : result<void>(opened.error());
    if (!synced) {
      keep_the_rest();
      return synced;
    }
    one.unsynced = false;
  }
  return {};
}

/// In their order. What cannot be renamed stops what comes after it: there must be no hole.
result<void> deletion_job::rename_files() {
  TIDEMILL_ASSERT(settled_.empty());  // run_first() was forgotten
  for (std::size_t left = renames_per_step_max; left > 0 && renamed_ < files_.size(); --left) {
    doomed_file& doomed = files_[renamed_];
    if (doomed.rename_first) {
      std::string renamed = doomed.path + std::string(deleted_suffix);
      auto moved = disk_->rename(doomed.path, renamed);
      if (!moved && io::is_missing(moved.error())) {
        files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(renamed_));
        continue;
      }
      if (!moved) {
        if (!may_pass(moved.error())) {
          keep_the_rest();
        }
        return moved;
      }
      doomed.rename_first = false;
      doomed.path = std::move(renamed);
    }
    ++renamed_;
  }
  return {};
}

result<deletion_job::progress> deletion_job::step_file(doomed_file& doomed) {
  if (!doomed.readers.expired()) {
    return progress::waiting;  // its bytes are still being sent
  }
  if (doomed.opened == nullptr) {
    auto begun = begin_file(doomed);
    if (!begun) {
      return io::is_missing(begun.error()) ? result<progress>(progress::done) : begun.error();
    }
  }
  if (doomed.size_bytes > step_size_bytes_max) {
    doomed.size_bytes -= step_size_bytes_max;
    TIDEMILL_TRY(doomed.opened->truncate(doomed.size_bytes));
    return progress::more;
  }
  TIDEMILL_TRY(disk_->remove(doomed.path));
  return progress::done;
}

result<void> deletion_job::begin_file(doomed_file& doomed) {
  TIDEMILL_TRY_ASSIGN(opened, disk_->open(doomed.path, io::open_mode::read_write));
  TIDEMILL_TRY_ASSIGN(size, opened->size());
  doomed.opened = std::move(opened);
  doomed.size_bytes = size;
  return {};
}

/// Lists the last directory into files; once it is empty it goes itself.
result<deletion_job::progress> deletion_job::step_directory() {
  if (directories_.empty()) {
    return progress::done;
  }
  const std::string directory = directories_.back();
  auto entries = disk_->list(directory);
  if (!entries && io::is_out_of_descriptors(entries.error())) {
    return entries.error();
  }
  if (!entries) {
    directories_.pop_back();
    return io::is_missing(entries.error()) ? result<progress>(left()) : entries.error();
  }
  for (const io::directory_entry& entry : *entries) {
    if (!entry.is_directory) {
      add_file(directory + '/' + entry.name, false, {});
    }
  }
  if (!files_.empty()) {
    renamed_ = files_.size();  // none of them is in a log
    return progress::more;
  }
  if (!preludes_.empty()) {
    return progress::waiting;  // its name tells that the log was removed, not lost
  }
  directories_.pop_back();
  TIDEMILL_TRY(disk_->remove_directory(directory));
  return left();
}

}  // namespace tidemill::log
