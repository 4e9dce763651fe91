#include "extension/breaker.hpp"

namespace tidemill::extension {

bool breaker::admits(io::monotonic_time now) noexcept {
  if (state_ == state::closed) {
    return true;
  }
  if (now - opened_at_ < rules_.probe_after) {
    return false;
  }
  state_ = state::probing;
  return true;
}

void breaker::failed(io::monotonic_time now, std::chrono::nanoseconds took) noexcept {
  if (state_ != state::closed) {
    open(now);
    return;
  }
  // Time is counted where it matters: nothing is filled in while all goes well and it is full.
  const std::chrono::duration<double> passed =
      std::max(now - filled_at_ - took, std::chrono::nanoseconds(0));
  fill(passed.count() * rules_.faults_per_second + rules_.faults_per_call);
  filled_at_ = now;
  tokens_ -= 1;
  if (tokens_ < 0) {
    open(now);
  }
}

void breaker::reset() noexcept {
  state_ = state::closed;
  tokens_ = rules_.faults_at_once;
}

void breaker::open(io::monotonic_time now) noexcept {
  state_ = state::open;
  opened_at_ = now;
  ++openings_;
}

}  // namespace tidemill::extension
