// What leaves a log: by truncation, retention and deletion.
#include "log/log.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;
using operation = test::simulated_disk::operation;

TEST(log, truncate_cuts_at_batches_and_goes_on) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  on.options.index_interval_bytes = 100;
  auto opened = on.open().value();
  for (int index = 0; index < 40; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(5, 30, 1'000'000 + index * 10)));
  }
  ASSERT_TRUE(simulated_log::flush(*opened));
  auto job = opened->truncate_to(offset{103}).value();
  EXPECT_EQ(opened->log_end(), offset{100});
  EXPECT_EQ(opened->recovery_point(), offset{100});
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 20U);
  EXPECT_EQ(opened->max_timestamp(record::no_codecs()).value()->at, offset{99});
  ASSERT_TRUE(on.append(*opened, make_batch(5, 30, 5'000'000)));
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 21U);
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::done);
  auto all = opened->truncate_fully(offset{500}).value();
  EXPECT_EQ(opened->log_start(), offset{500});
  EXPECT_EQ(opened->log_end(), offset{500});
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  EXPECT_EQ(simulated_log::bases(*opened, offset{500}).size(), 1U);
  EXPECT_EQ(simulated_log::run(all), deletion_job::progress::done);
}

TEST(log, retention_removes_a_prefix_below_the_high_watermark) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  auto opened = on.open().value();
  for (int index = 0; index < 10; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 700, 1'000'000 + index)));
  }
  on.clock.set_wall(io::wall_time(std::chrono::milliseconds(1'000'105)));
  keep_everything keep;
  time_and_size_retention by_age({std::chrono::milliseconds(100), std::nullopt});
  EXPECT_EQ(opened->apply_retention(by_age, offset{3})->segments_removed, 0U);  // not durable yet
  ASSERT_TRUE(simulated_log::flush(*opened));
  auto bounded = opened->apply_retention(by_age, offset{3}).value();
  EXPECT_EQ(bounded.segments_removed, 3U);
  EXPECT_EQ(opened->log_start(), offset{3});
  auto aged = opened->apply_retention(by_age, opened->log_end()).value();
  EXPECT_EQ(aged.segments_removed, 2U);  // 1'000'004 is the newest that is older than 100 ms
  EXPECT_EQ(opened->log_start(), offset{5});
  time_and_size_retention by_size({std::nullopt, opened->size_bytes() - 1});
  EXPECT_EQ(opened->apply_retention(by_size, opened->log_end())->segments_removed, 0U);
  time_and_size_retention by_half({std::nullopt, opened->size_bytes() / 5 * 3});
  EXPECT_EQ(opened->apply_retention(by_half, opened->log_end())->segments_removed, 2U);
  EXPECT_EQ(opened->apply_retention(keep, opened->log_end())->segments_removed, 0U);
  on.clock.advance(std::chrono::hours(1));
  auto all = opened->apply_retention(by_age, opened->log_end()).value();
  EXPECT_TRUE(all.rolled);
  EXPECT_EQ(all.segments_removed, 3U);
  EXPECT_EQ(opened->log_start(), offset{10});
  EXPECT_EQ(opened->segment_count(), 1U);
  EXPECT_EQ(opened->size_bytes(), 0U);
  EXPECT_EQ(opened->apply_retention(by_age, opened->log_end())->segments_removed, 0U);
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  EXPECT_EQ(opened->log_end(), offset{11});
}

/// Votes remove on all segments but one.
class keeps_one final : public retention_policy {
 public:
  explicit keeps_one(offset base) : base_(base) {}
  retention_vote vote(const segment_facts& segment, const log_facts&) override {
    return segment.base_offset == base_ ? retention_vote::keep : retention_vote::remove;
  }

 private:
  offset base_;
};

TEST(log, the_active_segment_goes_only_after_it_was_rolled_and_only_when_all_may_go) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  auto opened = on.open().value();
  for (int index = 0; index < 4; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 700, 1'000'000 + index)));
  }
  ASSERT_TRUE(simulated_log::flush(*opened));
  ASSERT_EQ(opened->segment_count(), 4U);
  const auto last_base = opened->retention_facts().back().base_offset;
  ASSERT_EQ(last_base, offset{3});
  // One that stays before it holds it, whatever is voted on the active one itself.
  keeps_one second(offset{1});
  auto some = opened->apply_retention(second, opened->log_end()).value();
  EXPECT_EQ(some.segments_removed, 1U);
  EXPECT_FALSE(some.rolled);
  // Its own vote holds it.
  keeps_one active(last_base);
  auto sealed = opened->apply_retention(active, opened->log_end()).value();
  EXPECT_EQ(sealed.segments_removed, 2U);
  EXPECT_FALSE(sealed.rolled);
  EXPECT_EQ(opened->retention_facts().back().base_offset, last_base);
  // One record that is not below the bound holds it.
  keeps_one none(offset{1000});
  auto above = opened->apply_retention(none, offset{3}).value();
  EXPECT_EQ(above.segments_removed, 0U);
  EXPECT_FALSE(above.rolled);
  EXPECT_EQ(opened->retention_facts().back().base_offset, last_base);
  // Else it is rolled, an empty one takes its place, and what was sealed goes.
  auto all = opened->apply_retention(none, offset{4}).value();
  EXPECT_TRUE(all.rolled);
  EXPECT_EQ(all.segments_removed, 1U);
  ASSERT_EQ(opened->segment_count(), 1U);
  EXPECT_EQ(opened->retention_facts().back().base_offset, offset{4});
  EXPECT_EQ(opened->log_start(), offset{4});
  EXPECT_EQ(opened->log_end(), offset{4});
  // The empty one is active, and stays.
  auto again = opened->apply_retention(none, offset{4}).value();
  EXPECT_EQ(again.segments_removed, 0U);
  EXPECT_FALSE(again.rolled);
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  EXPECT_EQ(opened->log_end(), offset{5});
}

struct unsynced_removal {
  simulated_log on;
  std::unique_ptr<log> opened;
  retention_outcome outcome;

  /// Ten segments of one batch, none of them synced, of which retention removes the first six.
  unsynced_removal() {
    on.options.segment_size_bytes_max = 1000;
    opened = on.open().value();
    for (int index = 0; index < 10; ++index) {
      EXPECT_TRUE(on.append(*opened, make_batch(1, 700, 1'000'000 + index)));
    }
    time_and_size_retention by_size({std::nullopt, opened->size_bytes() / 10 * 4});
    outcome =
        opened->apply_retention(by_size, opened->log_end(), unsynced_segments::may_go).value();
    EXPECT_EQ(outcome.segments_removed, 6U);
    EXPECT_EQ(opened->log_start(), offset{6});
  }
};

TEST(log, unsynced_segments_go_only_after_the_log_start_is_durable) {
  unsynced_removal made;
  EXPECT_TRUE(made.outcome.checkpoint_first);
  EXPECT_EQ(made.opened->recovery_point(), offset{0});
  const std::uint64_t syncs = made.on.disk.syncs();
  bool durable = false;
  bool there = true;
  made.outcome.deletion.run_first([&]() -> result<void> {
    there = there && made.on.disk.exists(made.on.path(0, ".log"));
    if (!std::exchange(durable, true)) {
      return {};
    }
    return make_error_code(boost::system::errc::io_error);
  });
  EXPECT_FALSE(made.outcome.deletion.renamed());
  EXPECT_EQ(simulated_log::run(made.outcome.deletion), deletion_job::progress::done);
  EXPECT_TRUE(durable && there);
  EXPECT_FALSE(made.on.disk.exists(made.on.path(5, ".log")));
  EXPECT_TRUE(made.on.disk.exists(made.on.path(6, ".log")));
  EXPECT_LE(made.on.disk.syncs(), syncs + 1) << "only the directory";
}

TEST(log, unsynced_segments_are_synced_when_no_checkpoint_can_be_written) {
  unsynced_removal made;
  const std::uint64_t syncs = made.on.disk.syncs();
  made.outcome.deletion.run_first(
      [&]() -> result<void> { return make_error_code(boost::system::errc::no_space_on_device); });
  EXPECT_EQ(simulated_log::run(made.outcome.deletion), deletion_job::progress::done);
  EXPECT_FALSE(made.on.disk.exists(made.on.path(0, ".log")));
  EXPECT_GE(made.on.disk.syncs(), syncs + 6);
}

TEST(log, flush_covers_unsynced_removals_until_they_are_settled) {
  unsynced_removal made;
  made.outcome.deletion.run_first([]() -> result<void> { return {}; });
  EXPECT_EQ(made.opened->begin_flush(false)->file_count(), 6U + 4U);
  simulated_log::run(made.outcome.deletion);
  EXPECT_EQ(made.opened->begin_flush(false)->file_count(), 4U);
}

TEST(log, active_segment_of_which_nothing_is_left_goes) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(2, 700)));
  ASSERT_TRUE(on.append(*opened, make_batch(2, 700)));
  ASSERT_TRUE(simulated_log::flush(*opened));
  keep_everything all;
  ASSERT_TRUE(opened->advance_start(offset{3}));
  EXPECT_EQ(opened->apply_retention(all, opened->log_end())->segments_removed, 0U);
  ASSERT_TRUE(opened->advance_start(offset{4}));
  EXPECT_EQ(opened->apply_retention(all, opened->log_end())->segments_removed, 1U);
  EXPECT_EQ(opened->size_bytes(), 0U);
  EXPECT_EQ(opened->log_end(), offset{4});
}

TEST(log, writes_that_find_no_room_do_not_keep_retention_from_making_some) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 700)));
  ASSERT_TRUE(simulated_log::flush(*opened));
  on.disk.set_capacity(1000);
  // What was begun of it is taken back: until that is durable a crash may show it again.
  ASSERT_EQ(on.append(*opened, make_batch(1, 700)).error(), errc::disk_full);
  ASSERT_EQ(opened->recovery_point(), opened->log_end());
  time_and_size_retention nothing({std::nullopt, 0});
  EXPECT_EQ(opened->apply_retention(nothing, opened->log_end())->segments_removed, 0U);
  auto outcome =
      opened->apply_retention(nothing, opened->log_end(), unsynced_segments::may_go).value();
  EXPECT_EQ(outcome.segments_removed, 1U);
  EXPECT_TRUE(outcome.checkpoint_first);
  outcome.deletion.run_first([]() -> result<void> { return {}; });
  EXPECT_EQ(simulated_log::run(outcome.deletion), deletion_job::progress::done);
  EXPECT_TRUE(on.append(*opened, make_batch(1, 700)));
}

}  // namespace
}  // namespace tidemill::log
