#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/event_loop.hpp"
#include "io/random.hpp"
#include "log/data_directory.hpp"
#include "log/producer_state.hpp"
#include "log/recovery_report.hpp"
#include "log/sync_group.hpp"
#include "partition/assignment.hpp"
#include "partition/partition.hpp"
#include "partition/progress_source.hpp"
#include "record/codec.hpp"

namespace tidemill::partition {

/// Hears of what somebody should know; the server writes it to the broker's log. Shard thread.
class host_listener {
 public:
  virtual ~host_listener() = default;
  /// A log was opened and had to be looked through.
  virtual void recovered(std::string_view name, const log::recovery_report& report) = 0;
  /// A partition has stopped to take writes, or could not be opened, or lost a side file. `what`
  /// says which, in a few words.
  virtual void failed(std::string_view name, std::string_view what, error_code error) = 0;
  /// A part of a log was given up, as somebody had accepted: `what` was damaged, and the log now
  /// starts at `log_start`.
  virtual void gave_up(std::string_view name, std::string_view what, offset log_start);
  /// A rule of the topic wants to look into a compressed batch, and no codec is loaded for it: the
  /// batch was refused. May come as often as clients send.
  virtual void codec_missing(std::string_view name, record::compression_type compression);
};

/// What the partitions of a shard are made with; all of it is borrowed and outlives the host.
struct host_services {
  io::event_loop& loop;
  io::blocking_pool& pool;
  io::disk& disk;
  io::random& random;
  log::data_directory& directory;
  log::sync_group& sync;
  const record::codec_set& codecs;
  host_listener& listener;
  /// nullptr: nothing is known of groups.
  progress_source* progress = nullptr;
};

struct host_options {
  broker_id self{0};
  /// The shard of this host, as extensions are told.
  shard_index shard{0};
  /// Logs that may keep descriptors.
  std::size_t open_logs_max = 2048;
  /// Flushes under way at a time, each of which holds the segments that it syncs, and how many of
  /// those it may.
  std::size_t flushes_max = 8;
  std::size_t flush_segments_max = log::flush_segments_max;
  /// Producers remembered in one partition.
  std::size_t producers_max = log::producer_states::producers_max_default;
  /// producer.id.expiration.ms, producer.id.expiration.check.interval.ms
  std::chrono::milliseconds producer_expiration = std::chrono::hours(24);
  std::chrono::milliseconds producer_expiration_interval = std::chrono::minutes(10);
  /// log.retention.check.interval.ms
  std::chrono::milliseconds retention_interval = std::chrono::minutes(5);
  /// How often logs with unsynced data are looked at.
  std::chrono::milliseconds flush_interval = std::chrono::seconds(1);
  /// How often recovery points, log starts and high watermarks that moved are written.
  std::chrono::milliseconds checkpoint_interval = std::chrono::seconds(5);
  /// replica.lag.time.max.ms
  std::chrono::milliseconds replica_lag_max = std::chrono::seconds(30);
  /// How much of the logs is read and checked against its checksums in the background, for all
  /// partitions of the shard together; 0: nothing.
  std::uint64_t scrub_bytes_per_second = 0;
  /// From the beginning of one pass over all logs to that of the next, at least.
  std::chrono::milliseconds scrub_interval = std::chrono::hours(24);
  /// From the start of the broker to the first pass, at most.
  std::chrono::milliseconds scrub_delay_max = std::chrono::minutes(1);
  /// How often logs are looked at for something to compact, while there is nothing
  /// (log.cleaner.backoff.ms).
  std::chrono::milliseconds compaction_interval = std::chrono::seconds(15);
  /// How much compaction reads and writes together (log.cleaner.io.max.bytes.per.second); 0: as
  /// much as it can.
  std::uint64_t compaction_bytes_per_second = 0;
  /// For the keys of the log that is being compacted (log.cleaner.dedupe.buffer.size).
  std::uint64_t compaction_memory_bytes = std::uint64_t{128} << 20;
  /// A duty visits this many partitions before it lets others run.
  std::size_t partitions_per_slice_max = 64;
  /// Logs with data that nobody has used since the start are opened by the retention duty, at most
  /// this many each time.
  std::size_t cold_opens_per_retention_max = 500;
};

/// The partitions of one shard: opens them when first needed, tells them what metadata decides,
/// does their periodic duties. Shard thread only, but for the constructor. An assigned partition
/// costs no file and less than 1 KiB until it is opened, and its log makes no file until its first
/// append.
class host {
 public:
  host(const host_services& services, const host_options& options);
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  /// Stopped, or never started.
  ~host();

  /// Starts the periodic duties, and goes on with deletions that an earlier run did not finish.
  void start();
  /// Ends the duties, fails what waits, closes every log cleanly (off-thread) and tells the data
  /// directory; then calls `done`. No other call afterwards. The last host to stop is followed by
  /// data_directory::close_clean().
  void stop(unique_function<void()> done);

  /// A partition is here now, or its assignment or settings have changed. Cheap; touches no file.
  void assign(const partition_key& key, assignment assigned);
  /// The partition is deleted: waiters fail, the directory is renamed and freed off-thread. `done`
  /// runs when it is renamed (at once when there was none): it will not come back after a crash.
  void remove(const partition_key& key, unique_function<void(result<void>)> done);
  [[nodiscard]] bool contains(const partition_key& key) const noexcept;

  /// nullptr when it is not assigned here, or not open yet.
  [[nodiscard]] partition* find(const partition_key& key) noexcept;

  /// Calls back with the open partition: before returning when it is open, or has nothing on disk;
  /// else when a thread of the pool has opened it. Callers are answered in order. Errors:
  /// unknown_partition, removed, stopping, topic_id_mismatch, log::errc::corrupt, those of the
  /// disk. A failed open is tried again by the next caller, no sooner than a second later.
  using open_completion = unique_function<void(result<partition*>)>;
  void open(const partition_key& key, open_completion done);

  /// For metrics.
  struct figures {
    std::size_t assigned = 0;
    std::size_t open = 0;
    std::size_t opening = 0;
    /// Could not be opened, or do not take writes, or could not be read.
    std::size_t failed = 0;
    /// Checked in the background since the start.
    std::uint64_t scrubbed_bytes = 0;
    std::uint64_t scrub_passes = 0;
    /// See compactor::figures.
    std::uint64_t compaction_passes = 0;
    std::uint64_t compaction_read_bytes = 0;
    std::uint64_t compaction_written_bytes = 0;
    std::uint64_t compaction_records_removed = 0;
    std::uint64_t compaction_freed_bytes = 0;
    std::uint64_t compaction_backlog_bytes = 0;
    std::uint64_t compaction_left_bytes = 0;
    std::size_t compaction_stopped = 0;
  };
  [[nodiscard]] figures count() const noexcept;
  /// The partitions that fail, each with a sentence that says why.
  struct failed_partition {
    std::string name;
    std::string reason;
  };
  [[nodiscard]] std::vector<failed_partition> failures() const;
  /// Every assigned partition with its size on disk, as far as it is known.
  void visit(unique_function<void(const partition&)> visitor) const;

 private:
  /// Shared with what is under way on the pool, and with nobody else.
  std::shared_ptr<class host_body> body_;
};

}  // namespace tidemill::partition
