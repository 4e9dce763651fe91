#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/clock.hpp"
#include "io/disk.hpp"
#include "log/batch_observer.hpp"
#include "log/compaction/cleaned_segment.hpp"
#include "log/deletion_job.hpp"
#include "log/errc.hpp"
#include "log/flush_job.hpp"
#include "log/log_state.hpp"
#include "log/open_logs.hpp"
#include "log/options.hpp"
#include "log/read_slice.hpp"
#include "log/recovery_report.hpp"
#include "log/retention_policy.hpp"
#include "record/batch_view.hpp"
#include "record/codec.hpp"

namespace tidemill::log {

class read_memory;
class segment;
struct batch_place;
struct segment_place;

/// So many sealed segments of one log keep descriptors between two calls, whether they are synced
/// or not: an error of write-back that nobody was told of is told to who opens the file next.
inline constexpr std::size_t sealed_open_max = 2;
/// So many segments one background flush takes at a time: it holds a descriptor of each.
inline constexpr std::size_t flush_segments_max = 256;

/// What the logs of one shard share. Outlives them.
struct log_context {
  io::disk& disk;
  const io::clock& clock;
  /// Bounds the open descriptors of the shard.
  open_logs& open;
  /// While it is true nothing is appended, as on a full disk: data_directory::is_short_of_room().
  const std::atomic<bool>* is_short_of_room = nullptr;
};

/// Which log to open, and what is known about it.
struct open_request {
  /// Full path of the log's directory, without a slash at the end.
  std::string directory;
  /// Shared by all logs of one topic, or of many.
  std::shared_ptr<const log_options> options;
  /// Borrowed for the life of the log; may be nullptr.
  batch_observer* observer = nullptr;
  /// From the cleanly closed log, see data_directory: then nothing is read, the call is cheap.
  std::optional<log_state> clean;
  /// Without `clean`: false when the directory is known not to be there, which also reads nothing.
  bool exists = true;
  /// Checkpointed values (data_directory). No recovery point: everything is checked.
  offset log_start{0};
  std::optional<offset> recovery_point;
  /// Written to partition.metadata when the directory is made.
  std::optional<topic_id> topic;
  /// After a failed sync the page cache cannot be trusted to be written: what recovery keeps above
  /// the recovery point is written again (R24).
  bool rewrite_tail = false;
  /// Was compacted once, whatever its topic says now: gaps between offsets are no damage.
  bool was_compacted = false;
  /// false: log_context::open, which belongs to one thread, is left alone until enter_service().
  bool in_service = true;
};

struct append_outcome {
  /// Of the first batch, and the offset after the last one.
  offset base_offset{0};
  offset end_offset{0};
  std::uint64_t size_bytes = 0;
  /// How many batches were appended: all of them, but see append_run().
  std::size_t batch_count = 0;
  bool rolled = false;
};

/// A record found by time.
struct timestamp_match {
  offset at{0};
  std::int64_t timestamp_ms = -1;
  std::optional<leader_epoch> epoch;
};

struct retention_outcome {
  std::uint32_t segments_removed = 0;
  std::uint64_t size_bytes_removed = 0;
  bool rolled = false;
  /// Some of what was removed had never been synced: before anything else `deletion` has to make a
  /// checkpoint of log_start() durable, see deletion_job::run_first().
  bool checkpoint_first = false;
  /// To be run step by step on the blocking pool; empty when nothing was removed.
  deletion_job deletion;
};

/// Whether retention may remove sealed segments that are not durable yet. What expires soon after
/// it was written then never needs to reach the device.
enum class unsynced_segments { stay, may_go };

struct write_back_range {
  /// To call start_write_back(position, size_bytes) on, in the blocking pool.
  std::shared_ptr<io::file> file;
  std::uint64_t position = 0;
  std::uint64_t size_bytes = 0;
};

/// One partition's log: a directory of segments in Kafka's file formats. Knows offsets, not topics.
///
/// Threads: open() may run on any thread (see there); from then on every member belongs to the
/// thread of the owner's shard, but for what says otherwise. Calls are synchronous. A log with
/// nothing on disk has no files, no descriptors and takes less than 1 KiB; its directory is made by
/// the first append. An idle log may be made small with release_files().
///
/// Errors: errc::corrupt and errc::poisoned stay until the log is opened again.
class log {
 public:
  /// Opens or creates. Cheap and without any I/O with `clean` or with exists == false. Otherwise it
  /// reads the directory, scans what lies above the recovery point, cuts the log at the first bad
  /// batch there, rebuilds what indexes are missing or wrong: it blocks, and belongs into the
  /// blocking pool; the log is then handed to the shard. errc::corrupt when something below the
  /// recovery point is damaged: nothing has been changed then, `report` says where.
  [[nodiscard]] static result<std::unique_ptr<log>> open(const log_context& context,
                                                         open_request request,
                                                         recovery_report& report);

  log(const log&) = delete;
  log& operator=(const log&) = delete;
  ~log();

  // Offsets and sizes --------------------------------------------------------------------------
  [[nodiscard]] offset log_start() const noexcept { return log_start_; }
  [[nodiscard]] offset log_end() const noexcept { return log_end_; }
  /// Everything below is durable.
  [[nodiscard]] offset recovery_point() const noexcept;
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  [[nodiscard]] std::size_t segment_count() const noexcept;
  [[nodiscard]] std::vector<segment_state> segments() const;
  /// All segments as retention sees them, oldest first.
  [[nodiscard]] std::vector<segment_facts> retention_facts() const;
  /// Leader epoch of the last batch, as far as it is known without reading.
  [[nodiscard]] std::optional<leader_epoch> last_epoch() const noexcept { return last_epoch_; }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  [[nodiscard]] const log_options& settings() const noexcept { return *options_; }
  void reconfigure(std::shared_ptr<const log_options> options) noexcept;

  /// nullopt when writes are taken; else errc::poisoned, errc::corrupt or errc::closed.
  [[nodiscard]] std::optional<errc> write_obstacle() const noexcept;

  // Writing ------------------------------------------------------------------------------------
  /// Appends as the leader: sets base offset and leader epoch of each batch in place, then writes
  /// all of them with one vectored write (one for each segment touched). `batches` are one whole
  /// batch each, validated by the caller, timestamps final. All or nothing: disk_full (nothing
  /// changed, try again), write_failed (rolled back, poisoned), batch_too_large, batch_malformed,
  /// the observer's error, poisoned, corrupt, closed.
  [[nodiscard]] result<append_outcome> append(std::span<const mutable_bytes> batches,
                                              leader_epoch epoch);
  /// Appends the first batch, and of the others as many as follow it in the same segment: an
  /// observer that is told of a roll has by then been told of every batch before it.
  [[nodiscard]] result<append_outcome> append_run(std::span<const mutable_bytes> batches,
                                                  leader_epoch epoch);
  /// Appends as a follower: offsets and epochs stay as they are. offsets_not_ascending when a batch
  /// starts below the end, or above it though gaps are not allowed.
  [[nodiscard]] result<append_outcome> append_replicated(std::span<const bytes_view> batches);

  /// Starts a new segment now, if the active one holds anything.
  [[nodiscard]] result<void> roll();

  /// Once enough was written: the range whose write-back should be started off-thread.
  [[nodiscard]] std::optional<write_back_range> take_write_back();

  /// True when a background flush should be made: a sealed segment is not synced yet, or too much
  /// is unsynced, or for too long (log_options::flush_*). Where what is written `expires_soon`,
  /// only the time counts.
  [[nodiscard]] bool flush_due(bool expires_soon = false) const noexcept;
  /// Everything appended so far, to be made durable. An empty job when all of it is already.
  /// `with_indexes` for background flushes; without, only what acknowledgements need. With more
  /// than `segments_max` segments to sync the job ends with that many, and the next one is due.
  [[nodiscard]] result<flush_job> begin_flush(
      bool with_indexes, std::size_t segments_max = std::numeric_limits<std::size_t>::max());

  /// Removes every record at or above `from`, whole batches; the log then ends at `from`, or at the
  /// start of the batch that contained it. Before, the caller has made checkpoints durable
  /// (data_directory::write_checkpoints()) of log_start() and of a recovery point <= `from`; else
  /// the next recovery may take the shorter log for damage. Metadata operations only; blocks
  /// shortly.
  [[nodiscard]] result<deletion_job> truncate_to(offset from);
  /// Removes everything; the log then starts and ends at `at`. Before, checkpoints of `at` as log
  /// start and of a recovery point <= `at` have been made durable.
  [[nodiscard]] result<deletion_job> truncate_fully(offset at);

  /// Moves the log start up to `to` (<= log_end()); whole segments below it and below the recovery
  /// point go, others later with apply_retention(). What recovers it
  /// after a crash is the checkpoint that the caller writes (data_directory).
  [[nodiscard]] result<deletion_job> advance_start(offset to);

  /// Removes the prefix of segments that the policy gives up; never above `high_watermark`; rolls
  /// the active segment when it is to go too. Also removes what lies below the log start. What is
  /// not durable yet stays, or goes in the manner of retention_outcome::checkpoint_first.
  [[nodiscard]] result<retention_outcome> apply_retention(
      retention_policy& policy, offset high_watermark,
      unsynced_segments unsynced = unsynced_segments::stay);

  /// Puts a segment that stands durable beside the log (compaction_job) in the place of those that
  /// it replaces; a crash at any point leaves the old ones or the new one. Readers that hold the
  /// old files keep them. Answers how to free those. Renames only; blocks shortly. Errors:
  /// overtaken (they are not there any more as they were, or not durable: nothing was changed),
  /// poisoned, corrupt, closed, those of the disk. A rename that fails midway poisons the log;
  /// opening it again completes the exchange.
  [[nodiscard]] result<deletion_job> replace(const cleaned_segment& made);
  /// Counts the exchanges: what was known of positions in files is void when it has changed.
  [[nodiscard]] std::uint32_t replacements() const noexcept { return replacements_; }

  /// How long a record stays before retention by size removes it, guessed from how fast the log
  /// has been written so far; nullopt when nothing is known yet.
  [[nodiscard]] std::optional<std::chrono::milliseconds> expected_life(
      std::uint64_t retained_size_bytes) const noexcept;

  // Reading ------------------------------------------------------------------------------------
  /// Whole batches from the one that contains `from` on, all of one segment. Empty when `from` is
  /// the log end or not below the limit. offset_out_of_range outside [log_start, log_end]; corrupt.
  /// The tail is answered from memory; other places take a few small reads of index and headers.
  [[nodiscard]] result<read_slice> read(offset from, const read_bounds& bounds);

  /// The first record at or after `from_start` (default: log start) whose timestamp is at least
  /// `timestamp_ms`, with its own timestamp; below `limit`. Decompresses one batch when `codecs`
  /// has its codec; when not, answers with that batch's base offset and max timestamp. May read a
  /// lot: for the blocking pool no, for rare calls on the shard yes.
  [[nodiscard]] result<std::optional<timestamp_match>> offset_for_timestamp(
      std::int64_t timestamp_ms, offset limit, const record::codec_set& codecs);
  /// The first record that bears the largest timestamp of the log (KIP-734).
  [[nodiscard]] result<std::optional<timestamp_match>> max_timestamp(
      const record::codec_set& codecs);

  /// Shows every batch in [from, to) to the observer-like callback, reading whole batches. For
  /// rebuilding derived state and for verification: checks each checksum; corrupt at the first bad
  /// batch, which then also stops the log. Blocks.
  [[nodiscard]] result<void> scan(offset from, offset to,
                                  unique_function<result<void>(const record::batch_view&)> visit);

  // Life ---------------------------------------------------------------------------------------
  /// Something was appended since open(), or is not durable yet: close() has work to do.
  [[nodiscard]] bool is_dirty() const noexcept;
  [[nodiscard]] bool has_files_open() const noexcept;
  /// From now on it counts among the open logs of the thread that calls.
  void enter_service() noexcept;
  /// Writes pending index entries, closes descriptors and drops caches. Slices that are out stay
  /// readable. Cheap to call on an idle log; everything opens again by itself.
  void release_files() noexcept;

  /// The first half of close() for whoever closes many logs at once: completes the indexes and
  /// gives out what is to be made durable, flush_segments_max at a time. Once that is finished,
  /// and the next job is empty, close() has nothing to write.
  [[nodiscard]] result<flush_job> begin_close();
  /// Clean end: completes the indexes and makes everything durable. Blocks where is_dirty(). The
  /// state goes into the data directory's clean state. After an error the log is to be treated as
  /// not cleanly closed. Afterwards only the destructor may be called.
  [[nodiscard]] result<log_state> close();

  /// Part of a deletion of the whole log: closes without flushing. Afterwards rename the directory
  /// (data_directory::remove_log) and only destroy.
  void abandon() noexcept;

 private:
  struct rollback_point;

  log(const log_context& context, open_request& request);
  void adopt(const log_state& state, offset recovery_point);

  // append.cpp
  [[nodiscard]] result<void> check_writable() const noexcept;
  enum class extent : std::uint8_t { all, first_run };
  [[nodiscard]] result<append_outcome> append_as_leader(std::span<const mutable_bytes> batches,
                                                        leader_epoch epoch, extent wanted);
  [[nodiscard]] result<append_outcome> write_all(std::span<const bytes_view> batches,
                                                 extent wanted);
  [[nodiscard]] result<void> write_runs(std::span<const bytes_view> batches, extent wanted,
                                        append_outcome& outcome, bool& broken);
  [[nodiscard]] result<void> ready_active(const record::batch_view& first, bool& rolled);
  [[nodiscard]] std::size_t run_length(std::span<const bytes_view> batches) const noexcept;
  void note_run(std::span<const bytes_view> batches);
  [[nodiscard]] rollback_point mark() const noexcept;
  [[nodiscard]] error_code undo(const rollback_point& before, error_code why, bool broken);
  [[nodiscard]] result<void> roll_to(offset base);
  [[nodiscard]] result<void> make_directory();
  [[nodiscard]] result<void> add_segment(offset base);
  void ensure_ledger();

  // read.cpp
  [[nodiscard]] result<void> check_readable() const noexcept;
  [[nodiscard]] std::size_t segment_index_of(offset at) const noexcept;
  [[nodiscard]] offset segment_end(std::size_t index) const noexcept;
  [[nodiscard]] result<std::optional<batch_place>> find_batch(std::size_t index, offset target);
  [[nodiscard]] result<read_slice> slice_from(std::size_t index, const batch_place& first,
                                              offset from, const read_bounds& bounds, offset limit);
  [[nodiscard]] result<void> use_segment(std::size_t index);
  /// Closes sealed segments, the oldest first, until so many are open.
  void note_use() noexcept;
  template <class Open>
  [[nodiscard]] result<void> with_room(Open open);
  void release_sealed(std::size_t kept) noexcept;
  [[nodiscard]] error_code note_damage(error_code error) noexcept;
  [[nodiscard]] result<std::optional<timestamp_match>> record_at_time(
      std::size_t index, const batch_place& where, std::int64_t timestamp_ms, offset from,
      const record::codec_set& codecs);

  // removal.cpp
  [[nodiscard]] deletion_job new_deletion();
  [[nodiscard]] result<void> remove_last_segment(deletion_job& job);
  void remove_first_segments(std::size_t count, deletion_job& job);
  [[nodiscard]] bool is_durable(std::size_t index) const noexcept;
  [[nodiscard]] std::size_t expired_segments(retention_policy& policy, offset bound,
                                             bool may_go) const;
  [[nodiscard]] segment_facts facts_of(std::size_t index) const;
  [[nodiscard]] result<void> add_unsettled(flush_job::parts& parts);
  void ended_at(offset at);

  // compaction.cpp
  [[nodiscard]] result<std::size_t> find_replaced(const cleaned_segment& made) const;
  [[nodiscard]] result<void> exchange_files(const cleaned_segment& made, std::size_t first,
                                            deletion_job& job);
  [[nodiscard]] bool gaps_allowed() const noexcept {
    return was_compacted_ || options_->offsets_may_have_gaps;
  }

  [[nodiscard]] segment_place place() const noexcept;

  log_context context_;
  std::string directory_;
  std::shared_ptr<const log_options> options_;
  batch_observer* observer_;
  std::optional<topic_id> topic_;
  offset log_start_{0};
  offset log_end_{0};
  std::uint64_t size_bytes_ = 0;
  std::optional<leader_epoch> last_epoch_;
  /// The last one is active; none before the first append.
  std::vector<segment> segments_;
  std::unique_ptr<read_memory> memory_;

  /// Made by the first append; until then everything is durable up to recovery_point_. Shared with
  /// flush jobs, which may outlive the log.
  std::shared_ptr<flush_ledger> ledger_;
  /// Made with the first removal.
  deletion_job::removal_stop removal_stop_;
  offset recovery_point_{0};
  /// Written since a flush began, and when the first of it was.
  std::uint64_t unflushed_bytes_ = 0;
  io::monotonic_time unflushed_since_{};
  /// How much of the active segment has been handed to write-back.
  std::uint64_t write_back_begin_ = 0;
  /// Files that retention has removed unsynced, and whether a crash can still bring them back into
  /// the log: until then a flush has to cover them too.
  struct unsettled_file {
    std::string path;
    std::shared_ptr<const std::atomic<bool>> settled;
  };
  std::vector<unsettled_file> unsettled_;
  /// Counts changes of the directory; the ledger knows which of them are durable.
  std::uint32_t directory_changes_ = 0;
  std::uint32_t replacements_ = 0;

  bool was_compacted_ = false;
  bool directory_exists_ = false;
  bool dirty_ = false;
  bool poisoned_ = false;
  bool corrupt_ = false;
  bool closed_ = false;
  bool in_service_;
  open_logs::hook open_hook_;
};

/// Opens files; where no descriptor is left, logs that are idle give theirs back first.
template <class Open>
result<void> log::with_room(Open open) {
  result<void> opened = open();
  if (!opened && io::is_out_of_descriptors(opened.error()) && in_service_ &&
      context_.open.release_others(open_hook_)) {
    opened = open();
  }
  return opened;
}

}  // namespace tidemill::log
