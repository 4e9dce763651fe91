#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tidemill::groups {

/// How often a group may rebalance: a minute's worth at once, then one after the other, so that
/// members that come and go all the time do not keep the others from their work (S19).
class rebalance_pace {
 public:
  /// When the next one may end, which is now or later. 0 a minute: there is no limit.
  [[nodiscard]] std::chrono::milliseconds earliest(std::chrono::milliseconds now,
                                                   std::size_t per_minute) const noexcept {
    return per_minute == 0 ? now : std::max(now, paid_until_ - window + share_of(per_minute));
  }
  /// One has ended.
  void count(std::chrono::milliseconds now, std::size_t per_minute) noexcept {
    if (per_minute > 0) {
      paid_until_ = std::max(paid_until_, now) + share_of(per_minute);
    }
  }

 private:
  static constexpr std::chrono::milliseconds window{60'000};
  static std::chrono::milliseconds share_of(std::size_t per_minute) noexcept {
    return window / static_cast<std::chrono::milliseconds::rep>(per_minute);
  }
  /// All that have ended have had their share of time when this comes.
  std::chrono::milliseconds paid_until_{0};
};

}  // namespace tidemill::groups
