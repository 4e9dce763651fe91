#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "metadata/quorum.hpp"
#include "metadata/single_voter/committed_mark.hpp"
#include "metadata/single_voter/entry_batch.hpp"
#include "metadata/single_voter/snapshot_file.hpp"

namespace tidemill::metadata {

// The directory of the metadata log:
//   <index of its first record, 20 digits>.log        batches, see entry_batch.hpp
//   <last index, 20 digits>-<term, 10 digits>.checkpoint  a snapshot
//   committed                                             how far all that was durable
// A snapshot is made in four steps, each durable before the next: the snapshot, a new empty log
// file behind it, then older log files and snapshots are removed. Whatever a crash leaves of that
// is finished by the next open().

enum class log_replacement { done, skipped };

/// The metadata log on one disk. Every call blocks and belongs on the blocking pool, one at a time.
class metadata_log {
 public:
  /// `make_room` as in single_voter_options.
  metadata_log(io::disk& disk, std::string directory, std::function<bool()> make_room);

  /// What open() found: apply the snapshot, then the entries.
  struct content {
    std::optional<metadata::snapshot> snapshot;
    // What the entries borrow from.
    std::vector<byte_buffer> files;
    entry_collection entries;
    committed_position last;
    /// What was put right (a torn tail that was cut off) or cannot be known, in words; empty when
    /// there is nothing to say.
    std::string repaired;
  };
  /// Reads everything, cuts a torn tail, leaves the log ready for append(). A batch that does not
  /// pass at the very end, behind the committed mark, is a write that never finished, so nobody was
  /// told of it. Anything else is damage, and so is a log that ends below the mark: log_corrupt or
  /// snapshot_corrupt, damage() says where and what to do; nothing has been changed then.
  [[nodiscard]] result<content> open();
  [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

  /// Writes one batch and syncs. When writing fails, takes it back; storage_full when that worked
  /// and the disk was full, any other error means that the log must not be used any more.
  [[nodiscard]] result<void> append(bytes_view batch);

  /// Replaces the whole log by a snapshot of the state at its end. False when the snapshot could
  /// not be written: the log goes on as before. After an error the log must not be used any more.
  [[nodiscard]] result<log_replacement> replace(committed_position last, snapshot_source& source);

  /// Nothing will be appended any more: makes the committed mark durable.
  [[nodiscard]] result<void> close() { return mark_.sync(); }

  /// Of the file that is being written.
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  struct inventory {
    std::vector<std::int64_t> logs;
    std::vector<committed_position> snapshots;
  };
  [[nodiscard]] result<inventory> take_inventory();
  [[nodiscard]] result<void> load_snapshot(const inventory& found, content& into);
  [[nodiscard]] result<std::size_t> first_needed_log(const inventory& found, log_index snapshot);
  [[nodiscard]] result<void> load_log(std::int64_t first, bool is_newest, content& into);
  [[nodiscard]] result<content> begin_anew(content into);
  [[nodiscard]] result<void> check_mark(const inventory& found, log_index snapshot, content& into);
  [[nodiscard]] result<void> cut_tail(const std::string& path, content& into);
  [[nodiscard]] result<void> remove_obsolete(const inventory& found, std::size_t first_needed);
  [[nodiscard]] result<void> begin_file(log_index first);
  [[nodiscard]] result<void> write_or_undo(bytes_view batch);
  [[nodiscard]] error_code damaged(const std::string& path, std::uint64_t position,
                                   const char* what);
  [[nodiscard]] std::string log_path(std::int64_t first) const;
  [[nodiscard]] std::string snapshot_path(committed_position last) const;
  [[nodiscard]] std::string mark_path() const;

  io::disk& disk_;
  std::string directory_;
  std::function<bool()> make_room_;
  std::string damage_;
  std::unique_ptr<io::file> file_;
  std::uint64_t size_bytes_ = 0;
  committed_mark_file mark_;

  // While open() runs.
  committed_mark_file::content noted_;
  /// Checksum of the batch that ends where the mark says one ends.
  std::optional<std::uint32_t> crc_at_mark_;
  std::uint64_t torn_bytes_ = 0;
};

}  // namespace tidemill::metadata
