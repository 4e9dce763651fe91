#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace tidemill::network {

/// The memory that frames of one shard may take. Half-read large frames and frames in work are
/// counted apart, so that peers that announce much and send little never stop those whose requests
/// are whole. Pure; one thread.
///
/// When half-read frames have spent their part, connections queue. So that frames which each hold a
/// piece and wait for the rest never wait for each other, one connection at a time may go over the
/// budget. Turns go to the smallest frame and to the oldest in alternation: peers that announce
/// much cannot keep those that need little waiting, nor the other way round. Beside it those may
/// go over the budget that need no more than medium_bytes_max each and a quarter of the budget
/// together: a peer that takes its turn for a large frame and stands still delays only other large
/// frames.
class memory_budget {
 public:
  using connection_id = std::uint64_t;
  static constexpr std::size_t medium_bytes_max = 1U << 20U;

  memory_budget(std::size_t work_bytes_max, std::size_t partial_bytes_max) noexcept
      : work_bytes_max_(work_bytes_max), partial_bytes_max_(partial_bytes_max) {}

  /// True while the connection may read at all.
  [[nodiscard]] bool may_read(connection_id who) const noexcept {
    return work_bytes_ < work_bytes_max_ || has_overdraft(who);
  }
  /// Takes memory for more of a half-read frame; false when it is spent.
  [[nodiscard]] bool take_partial(std::size_t bytes, connection_id who) noexcept {
    if (partial_bytes_ + bytes > partial_bytes_max_ && !has_overdraft(who)) {
      return false;
    }
    partial_bytes_ += bytes;
    return true;
  }
  /// Takes memory for bytes that have already come.
  void force_partial(std::size_t bytes) noexcept { partial_bytes_ += bytes; }
  void give_partial(std::size_t bytes) noexcept { partial_bytes_ -= bytes; }
  void take_work(std::size_t bytes) noexcept { work_bytes_ += bytes; }
  void give_work(std::size_t bytes) noexcept { work_bytes_ -= bytes; }

  /// Queues a connection that was refused with what its frame still needs. Once at a time.
  void wait(connection_id who, std::size_t needed_bytes) {
    waiting_.push_back({who, needed_bytes});
  }
  /// The next connection that may try again, taken from the queue. Call until nothing is left, each
  /// time after the connection has tried.
  [[nodiscard]] std::optional<connection_id> next_waiter() noexcept;
  /// The connection has no half-read frame any more, or is gone.
  void end_overdraft(connection_id who) noexcept {
    if (overdraft_ == who) {
      overdraft_ = 0;
    }
    if (!medium_overdrafts_.empty()) {
      end_medium(who);
    }
  }
  /// The connection may go over the budget.
  [[nodiscard]] bool has_overdraft(connection_id who) const noexcept {
    return overdraft_ == who || (!medium_overdrafts_.empty() && medium_overdrafts_.contains(who));
  }

  [[nodiscard]] std::size_t work_bytes() const noexcept { return work_bytes_; }
  [[nodiscard]] std::size_t partial_bytes() const noexcept { return partial_bytes_; }
  [[nodiscard]] std::size_t partial_left() const noexcept {
    return partial_bytes_ < partial_bytes_max_ ? partial_bytes_max_ - partial_bytes_ : 0;
  }
  [[nodiscard]] bool has_waiters() const noexcept { return !waiting_.empty(); }
  /// Connections wait until others have given memory of half-read frames back.
  [[nodiscard]] bool is_contended() const noexcept { return !waiting_.empty() && must_overdraw(); }

 private:
  [[nodiscard]] bool must_overdraw() const noexcept {
    return partial_bytes_ >= partial_bytes_max_ / 2;
  }

  [[nodiscard]] bool may_overdraw_medium(std::size_t needed_bytes) const noexcept {
    return needed_bytes <= medium_bytes_max &&
           (medium_overdrafts_.empty() || medium_bytes_ + needed_bytes <= partial_bytes_max_ / 4);
  }
  void end_medium(connection_id who) noexcept;

  std::size_t work_bytes_max_;
  std::size_t partial_bytes_max_;
  std::size_t work_bytes_ = 0;
  std::size_t partial_bytes_ = 0;
  connection_id overdraft_ = 0;  // connections are numbered from 1
  std::unordered_map<connection_id, std::size_t> medium_overdrafts_;  // what each needed
  std::size_t medium_bytes_ = 0;                                      // their sum
  struct waiter {
    connection_id who;
    std::size_t needed_bytes;
  };
  std::deque<waiter> waiting_;  // at most one for each connection
  bool oldest_is_next_ = false;
};

}  // namespace tidemill::network
