#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// What a log and its flushes share: how far it is durable. Touched on the owner's thread only;
/// shared so that a flush may end after the log has gone.
struct flush_ledger {
  offset synced_end{0};
  /// Changes of the log's directory that are durable.
  std::uint32_t directory_synced = 0;
  /// Counts truncations: a flush begun before one says nothing about what is there now.
  std::uint32_t generation = 0;
  std::uint32_t running = 0;
  bool failed = false;
  /// A flush found no descriptor: what it was to make durable is due.
  bool unfinished = false;
};

/// Makes everything durable that was in a log when log::begin_flush() made it. Three steps: made on
/// the owner's thread; run() anywhere, blocking; finish() on the owner's thread again. Jobs of one
/// log may overlap. Move-only.
class flush_job {
 public:
  struct parts {
    io::disk* disk = nullptr;
    /// Synced in this order: sealed segments, then the active one.
    std::vector<std::shared_ptr<io::file>> files;
    /// Indexes of sealed segments: synced best effort, for they are hints and can be rebuilt.
    std::vector<std::string> hints;
    /// Synced after the files, so that what was created in them stays.
    std::vector<std::string> directories;
    std::uint32_t directory_changes = 0;
    std::uint32_t generation = 0;
    offset end{0};
    std::shared_ptr<flush_ledger> ledger;
  };

  flush_job() noexcept = default;
  explicit flush_job(parts what) noexcept;
  flush_job(flush_job&&) noexcept = default;
  flush_job& operator=(flush_job&&) noexcept = default;
  flush_job(const flush_job&) = delete;
  flush_job& operator=(const flush_job&) = delete;
  ~flush_job() = default;

  /// Nothing to do: run() and finish() need not be called.
  [[nodiscard]] bool empty() const noexcept { return what_.ledger == nullptr; }
  /// The log is durable up to here when it has run.
  [[nodiscard]] offset end() const noexcept { return what_.end; }
  /// Number of files to sync.
  [[nodiscard]] std::size_t file_count() const noexcept { return what_.files.size(); }
  /// Number of syncs that run() makes.
  [[nodiscard]] std::size_t sync_count() const noexcept {
    return what_.files.size() + what_.hints.size() + what_.directories.size();
  }
  /// True for jobs of one log.
  [[nodiscard]] bool same_log(const flush_job& other) const noexcept {
    return what_.ledger == other.what_.ledger;
  }

  /// Takes over what a later job of the same log covers. Owner's thread, before run().
  void absorb(flush_job later);

  /// Blocks. After an error nothing may be assumed; finish() then poisons the log.
  [[nodiscard]] result<void> run();

  /// In the place of run(), when disk::sync_file_system() has just succeeded on the log's file
  /// system, begun after the job was made: whether write-back of its files had failed before.
  [[nodiscard]] result<void> check_synced();

  /// Owner's thread, exactly once after run(): advances the recovery point, or poisons the log.
  /// Only where descriptors were lacking it does neither: then another job has to be made.
  void finish(const result<void>& outcome) noexcept;

 private:
  parts what_;
};

}  // namespace tidemill::log
