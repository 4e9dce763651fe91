#include "log/log.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;
using operation = test::simulated_disk::operation;

TEST(log, nothing_on_disk_has_no_files) {
  simulated_log on;
  auto opened = on.open();
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->log_end(), offset{0});
  EXPECT_FALSE(on.disk.exists("/data/topic-0"));
  EXPECT_EQ(on.disk.open_file_count(), 0U);
  const auto slice = (*opened)->read(offset{0}, {});
  ASSERT_TRUE(slice);
  EXPECT_TRUE(slice->empty());
  EXPECT_EQ((*opened)->read(offset{1}, {}).error(), errc::offset_out_of_range);
}

TEST(log, clean_state_opens_without_touching_the_disk) {
  simulated_log on;
  on.options.segment_size_bytes_max = 2000;
  log_state state;
  {
    auto opened = on.open().value();
    for (int index = 0; index < 30; ++index) {
      ASSERT_TRUE(on.append(*opened, make_batch(2, 100)));
    }
    state = opened->close().value();
    EXPECT_EQ(state.log_end, offset{60});
    EXPECT_EQ(opened->write_obstacle(), errc::closed);
  }
  EXPECT_EQ(on.disk.open_file_count(), 0U);
  on.disk.crash();  // close() has made it durable
  const auto changes = on.disk.changes();
  const auto reads = on.disk.reads();
  open_request request;
  request.directory = on.directory;
  request.options = std::make_shared<log_options>(on.options);
  request.clean = state;
  auto again = log::open({on.disk, on.clock, on.open_logs}, std::move(request), on.report).value();
  EXPECT_EQ(on.disk.changes(), changes);
  EXPECT_EQ(on.disk.reads(), reads);
  EXPECT_FALSE(on.report.scanned);
  EXPECT_EQ(again->log_end(), offset{60});
  EXPECT_FALSE(again->is_dirty());
  EXPECT_EQ(simulated_log::bases(*again, offset{0}).size(), 30U);
  ASSERT_TRUE(on.append(*again, make_batch(1)));
  EXPECT_EQ(again->log_end(), offset{61});
  EXPECT_EQ(again->recovery_point(), offset{60});
}

TEST(log, failed_sync_poisons_until_recovery) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
  ASSERT_TRUE(simulated_log::flush(*opened));
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
  on.disk.fail(operation::sync, 1, EIO);
  EXPECT_FALSE(simulated_log::flush(*opened));
  EXPECT_EQ(opened->write_obstacle(), errc::poisoned);
  EXPECT_EQ(opened->begin_flush(true).error(), errc::poisoned);
  EXPECT_EQ(opened->recovery_point(), offset{1});
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 2U);
  EXPECT_FALSE(opened->close());
  opened->abandon();
  // The cache says that the second batch is there, but it was never written: it is written again.
  on.rewrite_tail = true;
  opened = on.open(offset{1}).value();
  EXPECT_EQ(opened->log_end(), offset{2});
  ASSERT_TRUE(simulated_log::flush(*opened));
  opened->abandon();
  on.disk.crash();
  opened = on.open(offset{2}).value();
  EXPECT_EQ(opened->log_end(), offset{2});
}

TEST(log, first_flush_makes_the_directory_durable) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  ASSERT_TRUE(simulated_log::flush(*opened));
  EXPECT_EQ(opened->recovery_point(), offset{1});
  EXPECT_TRUE(opened->begin_flush(true)->empty());
  opened->abandon();
  on.disk.crash();
  opened = on.open(offset{1}).value();
  EXPECT_EQ(opened->log_end(), offset{1});
}

TEST(log, flush_is_due_by_roll_size_and_age) {
  simulated_log on;
  on.options.segment_size_bytes_max = 10'000;
  on.options.flush_size_bytes_max = 5000;
  on.options.flush_age_max = std::chrono::seconds(5);
  auto opened = on.open().value();
  EXPECT_FALSE(opened->flush_due());
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
  EXPECT_FALSE(opened->flush_due());
  on.clock.advance(std::chrono::seconds(5));
  EXPECT_TRUE(opened->flush_due());
  ASSERT_TRUE(simulated_log::flush(*opened));
  EXPECT_FALSE(opened->flush_due());
  ASSERT_TRUE(on.append(*opened, make_batch(1, 5000)));
  EXPECT_TRUE(opened->flush_due());
  ASSERT_TRUE(simulated_log::flush(*opened));
  ASSERT_TRUE(on.append(*opened, make_batch(1, 4500)));
  EXPECT_EQ(opened->segment_count(), 2U);
  EXPECT_FALSE(opened->flush_due());
}

TEST(log, write_back_is_offered_in_steps) {
  simulated_log on;
  on.options.write_back_interval_bytes = 3000;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 2000)));
  EXPECT_FALSE(opened->take_write_back());
  ASSERT_TRUE(on.append(*opened, make_batch(1, 2000)));
  const auto range = opened->take_write_back();
  ASSERT_TRUE(range);
  EXPECT_EQ(range->position, 0U);
  EXPECT_EQ(range->size_bytes, opened->size_bytes());
  EXPECT_FALSE(opened->take_write_back());
}

TEST(log, expected_life_follows_from_how_fast_the_log_is_written) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  auto opened = on.open().value();
  EXPECT_FALSE(opened->expected_life(10'000));
  for (int index = 0; index < 10; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 700)));
    on.clock.advance(std::chrono::seconds(1));
  }
  const auto per_second = static_cast<double>(opened->size_bytes()) / 10;
  const auto life = opened->expected_life(100'000).value();
  EXPECT_NEAR(static_cast<double>(life.count()) / 1000, 101'000 / per_second, 1);
  EXPECT_GT(opened->expected_life(std::uint64_t{1} << 63).value(), std::chrono::hours(24 * 365));
  opened->reconfigure(std::make_shared<log_options>(on.options));
  EXPECT_TRUE(opened->flush_due());
  EXPECT_FALSE(opened->flush_due(true) && on.options.flush_age_max > std::chrono::seconds(10));
}

TEST(log, log_of_many_unsynced_segments_keeps_few_descriptors) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1'000;
  auto opened = on.open().value();
  for (int index = 0; index < 1'000; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 700)));
    ASSERT_LE(on.disk.open_file_count(), 3 * (1 + sealed_open_max));
  }
  ASSERT_EQ(opened->segment_count(), 1'000U);
  offset durable{0};
  while (opened->flush_due()) {
    auto job = opened->begin_flush(true, flush_segments_max).value();
    ASSERT_LE(job.file_count(), flush_segments_max);
    ASSERT_LE(on.disk.open_file_count(), flush_segments_max + 3 * (1 + sealed_open_max));
    ASSERT_GT(job.end(), durable);
    durable = job.end();
    const auto outcome = job.run();
    job.finish(outcome);
    ASSERT_EQ(opened->recovery_point(), durable);
  }
  EXPECT_EQ(durable, opened->log_end());
  EXPECT_LE(on.disk.open_file_count(), 3 * (1 + sealed_open_max));
}

TEST(log, close_of_many_unsynced_segments_makes_all_of_them_durable) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1'000;
  auto opened = on.open().value();
  for (int index = 0; index < 600; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 700)));
  }
  const log_state state = opened->close().value();
  opened.reset();
  on.disk.crash();
  auto again = on.open(state.log_end).value();
  EXPECT_EQ(simulated_log::bases(*again, offset{0}).size(), 600U);
}

}  // namespace
}  // namespace tidemill::log
