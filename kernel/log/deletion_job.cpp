#include "log/deletion_job.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"

namespace tidemill::log {
namespace {

bool is_missing(const error_code& error) noexcept {
  return error == boost::system::errc::no_such_file_or_directory;
}

}  // namespace

void deletion_job::add_file(std::string path, bool rename_first,
                            std::weak_ptr<const io::file> readers) {
  TIDEMILL_ASSERT(disk_ != nullptr);
  files_.push_back({std::move(path), rename_first, std::move(readers), nullptr, 0});
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
  std::move(other.files_.begin(), other.files_.end(), std::back_inserter(files_));
  std::move(other.directories_.begin(), other.directories_.end(), std::back_inserter(directories_));
  prelude_ = prelude_ ? std::move(prelude_) : std::move(other.prelude_);
  std::move(other.sync_first_.begin(), other.sync_first_.end(), std::back_inserter(sync_first_));
}

result<deletion_job::progress> deletion_job::run_step() {
  if (prelude_) {
    TIDEMILL_TRY(prelude_());
    prelude_ = nullptr;
  }
  if (!sync_first_.empty()) {
    // What takes the place of the removed must not be lost while the removal stays.
    const std::string directory = std::move(sync_first_.back());
    sync_first_.pop_back();
    if (auto synced = disk_->sync_directory(directory); !synced && !is_missing(synced.error())) {
      files_.clear();
      return synced.error();
    }
    return left();
  }
  for (std::size_t index = 0; index < files_.size(); ++index) {
    auto stepped = step_file(files_[index]);
    if (stepped && *stepped == progress::waiting) {
      continue;
    }
    if (!stepped || *stepped == progress::done) {
      files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(index));
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

result<deletion_job::progress> deletion_job::step_file(doomed_file& doomed) {
  if (doomed.rename_first) {
    const std::string renamed = doomed.path + std::string(deleted_suffix);
    doomed.rename_first = false;
    auto moved = disk_->rename(doomed.path, renamed);
    if (!moved) {
      return is_missing(moved.error()) ? result<progress>(progress::done) : moved.error();
    }
    doomed.path = renamed;
    return progress::more;
  }
  if (!doomed.readers.expired()) {
    return progress::waiting;  // its bytes are still being sent
  }
  if (doomed.opened == nullptr) {
    auto begun = begin_file(doomed);
    if (!begun) {
      return is_missing(begun.error()) ? result<progress>(progress::done) : begun.error();
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
  if (!entries) {
    directories_.pop_back();
    return is_missing(entries.error()) ? result<progress>(left()) : entries.error();
  }
  for (const io::directory_entry& entry : *entries) {
    if (!entry.is_directory) {
      add_file(directory + '/' + entry.name, false, {});
    }
  }
  if (!files_.empty()) {
    return progress::more;
  }
  directories_.pop_back();
  TIDEMILL_TRY(disk_->remove_directory(directory));
  return left();
}

}  // namespace tidemill::log
