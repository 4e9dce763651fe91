#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/request_sink.hpp"

namespace tidemill::network {

/// The requests of one connection from the moment they are handed to the sink until their responses
/// have left, in their order (a ring that is empty, and owns nothing, while the connection idles).
/// Pure; one thread.
class response_queue {
 public:
  enum class state : std::uint8_t { in_work, ready, nothing, close };

  struct entry {
    response answer;
    std::uint32_t request_size_bytes = 0;
    state progress = state::in_work;
    bool pipelined = false;
  };

  /// Opens the entry of the next request and returns its ticket.
  [[nodiscard]] std::uint64_t open(std::uint32_t request_size_bytes, bool pipelined);
  /// The entry of a ticket that has been opened and not popped.
  [[nodiscard]] entry& at(std::uint64_t ticket) noexcept;
  /// The request's bytes do not count any more; returns how many they were.
  std::size_t release(std::uint64_t ticket) noexcept;
  /// Ends the work on a request. `progress` is not in_work.
  void complete(std::uint64_t ticket, state progress, response&& answer) noexcept;

  /// True when one more request may be in work: none is, or all of them and it are pipelined.
  [[nodiscard]] bool may_open(bool pipelined) const noexcept {
    return in_work_ == 0 || (pipelined && in_work_ == pipelined_in_work_);
  }

  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t in_work() const noexcept { return in_work_; }
  /// Bytes of the requests in work.
  [[nodiscard]] std::size_t work_bytes() const noexcept { return work_bytes_; }
  /// Bytes of completed responses that have not been popped, without their file ranges.
  [[nodiscard]] std::size_t response_bytes() const noexcept { return response_bytes_; }

  /// The entry that is `index` behind the oldest; index < size().
  [[nodiscard]] entry& peek(std::size_t index) noexcept {
    return ring_[(first_ + index) & (ring_.size() - 1)];
  }
  /// Drops the oldest entry, which is completed.
  void pop() noexcept;
  /// Frees the completed responses; their entries stay.
  void forget_responses() noexcept;

 private:
  void grow();

  std::vector<entry> ring_;  // its size is 0 or a power of two
  std::uint64_t first_ = 0;  // the ticket of the oldest entry
  std::size_t size_ = 0;
  std::size_t in_work_ = 0;
  std::size_t pipelined_in_work_ = 0;
  std::size_t work_bytes_ = 0;
  std::size_t response_bytes_ = 0;
};

}  // namespace tidemill::network
