#include "log/flush_job.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::log {

flush_job::flush_job(parts what) noexcept : what_(std::move(what)) {
  TIDEMILL_ASSERT(what_.disk != nullptr);
  TIDEMILL_ASSERT(what_.ledger != nullptr);
  ++what_.ledger->running;
}

void flush_job::absorb(flush_job later) {
  TIDEMILL_ASSERT(same_log(later));
  for (auto& file : later.what_.files) {
    if (std::find(what_.files.begin(), what_.files.end(), file) == what_.files.end()) {
      what_.files.push_back(std::move(file));
    }
  }
  const auto join = [](std::vector<std::string>& to, std::vector<std::string>& from) {
    for (auto& one : from) {
      if (std::find(to.begin(), to.end(), one) == to.end()) {
        to.push_back(std::move(one));
      }
    }
  };
  join(what_.hints, later.what_.hints);
  join(what_.directories, later.what_.directories);
  what_.end = later.what_.end;
  what_.directory_changes = later.what_.directory_changes;
  what_.generation = later.what_.generation;
  --what_.ledger->running;
}

result<void> flush_job::run() {
  for (const auto& file : what_.files) {
    TIDEMILL_TRY(file->sync());
  }
  for (const std::string& path : what_.hints) {
    auto opened = what_.disk->open(path, io::open_mode::read_write);
    if (opened) {
      static_cast<void>((*opened)->sync());
    } else if (io::is_out_of_descriptors(opened.error())) {
      return opened.error();
    }
  }
  for (const std::string& directory : what_.directories) {
    TIDEMILL_TRY(what_.disk->sync_directory(directory));
  }
  return {};
}

result<void> flush_job::check_synced() {
  for (const auto& file : what_.files) {
    TIDEMILL_TRY(file->check_write_back());
  }
  return {};
}

void flush_job::finish(const result<void>& outcome) noexcept {
  TIDEMILL_ASSERT(!empty());
  flush_ledger& ledger = *what_.ledger;
  --ledger.running;
  if (!outcome) {
    // Where only a descriptor was lacking no sync has failed, and another job may make it.
    ledger.unfinished = io::is_out_of_descriptors(outcome.error());
    ledger.failed = ledger.failed || !ledger.unfinished;
  } else if (!ledger.failed) {
    // After a failure a later sync proves nothing: what was lost is not written again (R24).
    ledger.directory_synced = std::max(ledger.directory_synced, what_.directory_changes);
    if (ledger.generation == what_.generation) {
      ledger.synced_end = std::max(ledger.synced_end, what_.end);
    }
  }
  what_ = {};
}

}  // namespace tidemill::log
