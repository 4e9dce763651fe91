#include "log/compaction/compaction_plan.hpp"

#include <gtest/gtest.h>

namespace tidemill::log {
namespace {

constexpr std::int64_t now_ms = 1'000'000;

/// Segments of ten offsets and 100 bytes each, a second apart; the last one is active.
std::vector<segment_state> segments(int count) {
  std::vector<segment_state> all;
  for (int index = 0; index < count; ++index) {
    segment_state one{.base_offset = offset{index * 10}, .size_bytes = 100};
    one.first_timestamp_ms = now_ms - (count - index) * 1000;
    one.max_timestamp_ms = one.first_timestamp_ms + 999;
    all.push_back(one);
  }
  return all;
}

TEST(compaction_plan, everything_sealed_below_the_bound_is_dirty_at_first) {
  const auto plan = plan_compaction(segments(5), offset{0}, offset{35}, std::nullopt, {}, now_ms);
  EXPECT_EQ(plan.sources.size(), 3U);
  EXPECT_EQ(plan.sources.back().end, offset{30});
  EXPECT_EQ(plan.dirty_bytes, 300U);
  EXPECT_EQ(plan.clean_bytes, 0U);
  EXPECT_TRUE(plan.is_due({}));
}

TEST(compaction_plan, ratio_counts_the_clean_part) {
  const auto plan = plan_compaction(segments(5), offset{0}, offset{50}, offset{30}, {}, now_ms);
  EXPECT_EQ(plan.sources.size(), 4U);
  EXPECT_EQ(plan.first_dirty, offset{30});
  EXPECT_EQ(plan.clean_bytes, 300U);
  EXPECT_EQ(plan.dirty_bytes, 100U);
  EXPECT_DOUBLE_EQ(plan.dirty_ratio(), 0.25);
  EXPECT_FALSE(plan.is_due({}));
  compaction_policy eager;
  eager.dirty_ratio_min = 0.2;
  EXPECT_TRUE(plan.is_due(eager));
}

TEST(compaction_plan, nothing_dirty_is_never_due) {
  compaction_policy eager;
  eager.dirty_ratio_min = 0;
  eager.lag_max = std::chrono::milliseconds(1);
  const auto plan = plan_compaction(segments(5), offset{0}, offset{50}, offset{40}, eager, now_ms);
  EXPECT_EQ(plan.dirty_bytes, 0U);
  EXPECT_FALSE(plan.is_due(eager));
}

TEST(compaction_plan, young_segments_wait) {
  compaction_policy policy;
  policy.lag_min = std::chrono::milliseconds(2500);
  const auto plan =
      plan_compaction(segments(5), offset{0}, offset{50}, std::nullopt, policy, now_ms);
  EXPECT_EQ(plan.sources.size(), 2U);
}

TEST(compaction_plan, old_dirt_is_due_whatever_the_ratio) {
  compaction_policy policy;
  policy.lag_max = std::chrono::milliseconds(1500);
  EXPECT_TRUE(plan_compaction(segments(5), offset{0}, offset{50}, offset{30}, policy, now_ms)
                  .is_due(policy));
  policy.lag_max = std::chrono::milliseconds(2500);
  EXPECT_FALSE(plan_compaction(segments(5), offset{0}, offset{50}, offset{30}, policy, now_ms)
                   .is_due(policy));
}

TEST(compaction_plan, checkpoint_outside_the_log_does_not_count) {
  EXPECT_EQ(
      plan_compaction(segments(5), offset{20}, offset{50}, offset{10}, {}, now_ms).first_dirty,
      offset{20});
  EXPECT_EQ(plan_compaction(segments(5), offset{0}, offset{50}, offset{99}, {}, now_ms).first_dirty,
            offset{0});
}

}  // namespace
}  // namespace tidemill::log
