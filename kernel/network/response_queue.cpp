#include "network/response_queue.hpp"

#include <utility>

#include "base/assert.hpp"

namespace tidemill::network {
namespace {

constexpr std::size_t ring_size_min = 4;
constexpr std::size_t ring_size_kept_max = 8;

}  // namespace

std::uint64_t response_queue::open(std::uint32_t request_size_bytes, bool pipelined) {
  if (size_ == ring_.size()) {
    grow();
  }
  const std::uint64_t ticket = first_ + size_;
  entry& opened = peek(size_++);
  opened.request_size_bytes = request_size_bytes;
  opened.progress = state::in_work;
  opened.pipelined = pipelined;
  ++in_work_;
  pipelined_in_work_ += pipelined ? 1 : 0;
  work_bytes_ += request_size_bytes;
  return ticket;
}

response_queue::entry& response_queue::at(std::uint64_t ticket) noexcept {
  TIDEMILL_ASSERT(ticket - first_ < size_);
  return peek(static_cast<std::size_t>(ticket - first_));
}

std::size_t response_queue::release(std::uint64_t ticket) noexcept {
  const std::uint32_t bytes = std::exchange(at(ticket).request_size_bytes, 0U);
  work_bytes_ -= bytes;
  return bytes;
}

void response_queue::complete(std::uint64_t ticket, state progress, response&& answer) noexcept {
  entry& completed = at(ticket);
  TIDEMILL_ASSERT(completed.progress == state::in_work);
  completed.progress = progress;
  completed.answer = std::move(answer);
  --in_work_;
  pipelined_in_work_ -= completed.pipelined ? 1 : 0;
  work_bytes_ -= completed.request_size_bytes;
  response_bytes_ += completed.answer.bytes.size();
}

void response_queue::pop() noexcept {
  TIDEMILL_ASSERT(size_ > 0);
  entry& oldest = peek(0);
  TIDEMILL_ASSERT(oldest.progress != state::in_work);
  response_bytes_ -= oldest.answer.bytes.size();
  oldest.answer = {};
  ++first_;
  --size_;
  if (size_ == 0 && ring_.size() > ring_size_kept_max) {
    ring_ = {};
  }
}

void response_queue::forget_responses() noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    peek(i).answer = {};  // empty while in work
  }
  response_bytes_ = 0;
}

void response_queue::grow() {
  std::vector<entry> larger(ring_.empty() ? ring_size_min : ring_.size() * 2);
  for (std::size_t i = 0; i < size_; ++i) {
    larger[(first_ + i) & (larger.size() - 1)] = std::move(peek(i));
  }
  ring_ = std::move(larger);
}

}  // namespace tidemill::network
