#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/clock.hpp"
#include "log/log.hpp"
#include "log/producer_state.hpp"
#include "partition/assignment.hpp"
#include "partition/data_waiter.hpp"
#include "partition/errc.hpp"
#include "partition/requests.hpp"

namespace tidemill::replication {
struct actions;
}

namespace tidemill::partition {

struct arrival_group;
struct arriving_append;
struct open_state;
struct shard_context;

/// One partition: log, leadership and producers behind one door; what api/ calls. Lives on one
/// shard and is touched on that shard's thread only. Obtained open from host::open(); a pointer
/// stays good until host::remove() of it or host::stop(), and only for the current task: later
/// tasks ask the host again.
class partition {
 public:
  /// The host makes partitions.
  partition(shard_context& shard, const partition_key& key, assignment assigned);
  partition(const partition&) = delete;
  partition& operator=(const partition&) = delete;
  ~partition();

  [[nodiscard]] const partition_key& key() const noexcept { return key_; }
  [[nodiscard]] const assignment& assigned() const noexcept { return assigned_; }
  /// "<topic>-<partition>", its directory's name.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool is_open() const noexcept { return open_ != nullptr; }

  // All of the following need is_open() --------------------------------------------------------

  /// Appends what a client sent for this partition: exactly one batch, which is changed in place
  /// (offsets, epoch, timestamps) and must stay alive until `done` has run, once. Appends are
  /// taken in their order; those that arrive in one round of the loop go into the log together,
  /// with one write, at its end. Errors: record::errc, replication::errc, log::errc and errc as
  /// their headers say.
  void append(mutable_bytes batch, const append_options& options, append_completion done);
  /// The same at once: where nothing has to be waited for, `done` runs before it returns.
  void append_now(mutable_bytes batch, const append_options& options, append_completion done);

  /// What a fetch gets: whole batches below the high watermark, or below the last stable offset.
  /// Errors: log::errc::offset_out_of_range outside [log start, log end], replication::errc for
  /// epochs and leadership, log::errc::corrupt.
  [[nodiscard]] result<read_outcome> read(const read_request& request);

  /// Arms the waiter: it wakes when more than what lies below `beyond` (the end of what the reader
  /// has, read_outcome::slice.end or its fetch offset) can be read at this level and at least
  /// `bytes_wanted` more bytes have been appended from now on, or when the leader changes or the
  /// partition goes. Wakes at once, before returning, when there is more already and bytes_wanted
  /// is not above 1.
  void wait_for_data(data_waiter& waiter, offset beyond, std::uint64_t bytes_wanted,
                     isolation level);

  [[nodiscard]] offset log_start() const noexcept;
  [[nodiscard]] offset log_end() const noexcept;
  [[nodiscard]] offset high_watermark() const noexcept;
  [[nodiscard]] offset last_stable_offset() const noexcept;
  [[nodiscard]] std::uint64_t size_bytes() const noexcept;
  [[nodiscard]] leader_epoch epoch() const noexcept;

  /// Checks a caller's idea of the leader epoch (KIP-320), and that this broker leads.
  [[nodiscard]] result<void> check_epoch(std::optional<leader_epoch> expected) const noexcept;
  /// ListOffsets "latest": the end that readers of this level see. offset_not_available (R12).
  [[nodiscard]] result<offset> latest(isolation level) const noexcept;
  /// ListOffsets by time; below what the level shows.
  [[nodiscard]] result<std::optional<log::timestamp_match>> offset_for_timestamp(
      std::int64_t timestamp_ms, isolation level);
  /// ListOffsets "max timestamp" (KIP-734).
  [[nodiscard]] result<std::optional<log::timestamp_match>> max_timestamp();
  /// The epoch of the record at or before which ListOffsets points; nullopt when unknown.
  [[nodiscard]] std::optional<leader_epoch> epoch_of(offset position) const noexcept;
  /// OffsetForLeaderEpoch: nullopt when the epoch is not known (undefined on the wire).
  [[nodiscard]] result<std::optional<log::leader_epoch_end>> end_offset_for(
      leader_epoch requested, std::optional<leader_epoch> current) const noexcept;

  /// DeleteRecords: forgets everything below `to`, which is at most the high watermark
  /// (offset_out_of_range beyond). Answers the log start.
  [[nodiscard]] result<offset> advance_start(offset to);

  /// For DescribeProducers and metrics; borrowed until the next call that changes anything.
  [[nodiscard]] const log::producer_states& producers() const noexcept;
  /// nullopt when batches are taken; else what stands against it.
  [[nodiscard]] std::optional<log::errc> write_obstacle() const noexcept;
  /// What it fails at, in words, for whoever looks after the broker; empty while all is well.
  [[nodiscard]] const std::string& failure() const noexcept;

 private:
  friend class host;
  friend class host_body;
  friend class duties;
  friend class scrub;
  friend class compactor;
  friend void append_arrived(shard_context& shard);

  // Life, called by the host.
  void open_with(std::unique_ptr<open_state> opened);
  [[nodiscard]] std::unique_ptr<open_state> release();
  void reassign(assignment assigned);
  void lead();

  // Append, in this order.
  [[nodiscard]] bool store_arrived(io::monotonic_time until);
  [[nodiscard]] std::size_t collect(std::span<arriving_append> waiting, io::monotonic_time until,
                                    arrival_group& group, replication::actions& out);
  [[nodiscard]] boost::system::result<void, append_failure> examine(arriving_append& arrival) const;
  [[nodiscard]] boost::system::result<void, append_failure> check_producer(
      arriving_append& arrival) const;
  [[nodiscard]] boost::system::result<void, append_failure> check_continues(
      arriving_append& arrival) const;
  void store(arrival_group& group, replication::actions& out);
  [[nodiscard]] append_success success_of(const arriving_append& stored) const;
  void answer(const append_success& stored, const append_options& options, append_completion done,
              replication::actions& out);

  [[nodiscard]] append_failure ask_gates(record::validated_batch& validated,
                                         const append_options& options) const;
  [[nodiscard]] result<void> recompress(arriving_append& arrival) const;
  [[nodiscard]] result<bytes_view> plain_records(record::validated_batch& validated) const;
  void note_stored(const log::append_outcome& stored, std::span<const mutable_bytes> batches,
                   replication::actions& out);
  [[nodiscard]] error_code tell_store_failure(error_code error);
  void tell_first_unstable(replication::actions& out);
  void start_sync();
  void sync_ended(const result<void>& outcome);
  /// Completes appends, wakes readers. The partition may be closed afterwards.
  void perform(replication::actions& out);
  void fail_pending(error_code error);
  void arm_expiry(io::monotonic_time deadline);
  void expire_waits();
  void list_for_maintenance();
  void list_as_rolled();
  void tell_failure(const char* what, error_code error);
  [[nodiscard]] error_code tell_read_failure(offset from, error_code error);
  [[nodiscard]] offset visible_end(isolation level) const noexcept;

  shard_context& shard_;
  partition_key key_;
  assignment assigned_;
  std::unique_ptr<open_state> open_;
};

}  // namespace tidemill::partition
