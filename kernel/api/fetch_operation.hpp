#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "api/partition_lookup.hpp"
#include "api/request_context.hpp"
#include "io/event_loop.hpp"
#include "partition/data_waiter.hpp"
#include "partition/partition.hpp"
#include "partition/requests.hpp"
#include "protocol/fetch.hpp"

namespace tidemill::api {

/// One partition of a fetch and what was read of it last.
struct fetch_row {
  std::size_t topic = 0;  ///< position in the request
  located_partition at;
  partition_index index{0};
  partition::read_request wanted;
  std::uint64_t partition_size_bytes_max = 0;
  /// Told before anything was read; such rows are never read.
  protocol::wire_error refused = protocol::wire_error::none;

  /// What is left of the request's limit for this row, once the rows before it have theirs.
  std::uint64_t size_bytes_left = 0;

  // Written on the partition's shard in a round, read on the home shard after it.
  error_code failure;
  partition::read_outcome outcome;

  [[nodiscard]] bool is_read() const noexcept { return refused == protocol::wire_error::none; }
};

/// A fetch in work. It goes round: read every partition on its shard; when that is not enough to
/// answer, arm a waiter on every partition; when one wakes or the time is up, read again.
///
/// The limit on bytes goes to the partitions in the order of the request. Shards read at the same
/// time, each as if the limit were its own; what they found is then shared out in order, and the
/// one partition that gets a part of what it has is read once more.
///
/// Held by std::shared_ptr: tasks on other shards, waiters and the timer refer to it. Unless said
/// otherwise everything runs on the loop of the connection (home).
class fetch_operation : public std::enable_shared_from_this<fetch_operation> {
 public:
  fetch_operation(request_context request, protocol::fetch_request asked);

  void start();
  /// The connection is closed, or nobody is to wait: answers with what there is, and lets go of all
  /// partitions.
  void give_up();

 private:
  /// The rows of one shard. `waiters` and `unopened` are touched on that shard only.
  struct shard_part {
    shard_index shard;
    std::vector<std::size_t> rows;
    std::size_t unopened = 0;
    std::deque<partition::data_waiter> waiters;
  };
  enum class phase { reading, waiting, answered };

  void add_topic(std::size_t position);
  void add_partition(std::size_t topic_position, const metadata::topic* topic,
                     const protocol::fetch_request_fetch_partition& asked,
                     protocol::wire_error error);
  [[nodiscard]] shard_part& part_of(shard_index shard);

  // A round.
  void begin_round();
  void open_part(std::size_t part);
  void read_part(std::size_t part);
  void part_read();
  void report_from(shard_index shard);
  void end_round();
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  [[nodiscard]] bool is_enough() const noexcept;
  [[nodiscard]] fetch_row* share_out() noexcept;
  void read_again(fetch_row& row);

  // Between two rounds.
  void wait();
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  void arm_part(std::size_t part, std::uint64_t bytes_wanted);
  void disarm_all();
  void woken();
  void run_on(shard_index shard, unique_function<void()> task);

  void answer();

  request_context request_;
  protocol::fetch_request asked_;
  std::uint64_t size_bytes_max_ = 0;
  std::vector<fetch_row> rows_;
  // A deque, as its elements stay where they are.
  std::deque<shard_part> parts_;
  std::size_t parts_left_ = 0;
  phase phase_ = phase::reading;
  bool time_is_up_ = false;
  io::event_loop::timer_id timer_ = io::event_loop::no_timer;
};

}  // namespace tidemill::api
