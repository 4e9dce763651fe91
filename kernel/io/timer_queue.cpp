#include "io/timer_queue.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::io {
namespace {

constexpr auto later = [](const auto& a, const auto& b) { return a.deadline > b.deadline; };
constexpr std::size_t cancelled_kept_min = 64;

}  // namespace

event_loop::timer_id timer_queue::add(monotonic_time deadline, task work) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    free_.reserve(slots_.size());  // so that release never allocates
  } else {
    index = free_.back();
    free_.pop_back();
  }
  slots_[index].work = std::move(work);
  const std::uint32_t generation = slots_[index].generation;
  heap_.push_back({deadline, index, generation});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return (std::uint64_t{generation} << 32U) | index;
}

void timer_queue::cancel(event_loop::timer_id timer) noexcept {
  const auto index = static_cast<std::uint32_t>(timer);
  const auto generation = static_cast<std::uint32_t>(timer >> 32U);
  if (generation == 0 || index >= slots_.size() || slots_[index].generation != generation) {
    return;
  }
  const task forgotten = release(index);
  // Entries of cancelled timers stay in the heap until they outnumber the live ones.
  if (heap_.size() > 2 * size() + cancelled_kept_min) {
    drop_cancelled();
  }
}

std::optional<monotonic_time> timer_queue::next_deadline() const noexcept {
  if (heap_.empty()) {
    return std::nullopt;
  }
  return heap_.front().deadline;
}

task timer_queue::take_due(monotonic_time now) noexcept {
  while (!heap_.empty()) {
    const entry first = heap_.front();
    const bool live = is_live(first);
    if (live && first.deadline > now) {
      break;
    }
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    if (live) {
      return release(first.slot);
    }
  }
  return {};
}

task timer_queue::release(std::uint32_t index) noexcept {
  slot& freed = slots_[index];
  task work = std::move(freed.work);
  freed.work = nullptr;
  // Generation 0 would make the timer id of slot 0 equal to no_timer.
  freed.generation = freed.generation == UINT32_MAX ? 1 : freed.generation + 1;
  free_.push_back(index);
  return work;
}

void timer_queue::drop_cancelled() noexcept {
  std::erase_if(heap_, [this](const entry& candidate) { return !is_live(candidate); });
  std::make_heap(heap_.begin(), heap_.end(), later);
}

}  // namespace tidemill::io
