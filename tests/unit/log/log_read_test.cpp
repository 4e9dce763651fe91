// How records are found and read.
#include "log/log.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;
using operation = test::simulated_disk::operation;

TEST(log, read_is_bounded_by_size_and_limit_at_batches) {
  simulated_log on;
  auto opened = on.open().value();
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(10, 100)));
  }
  const std::uint64_t size = record::batch_view(make_batch(10, 100)).size();
  const auto whole = opened->read(offset{25}, {});
  EXPECT_EQ(whole->first_batch, offset{20});
  EXPECT_EQ(whole->size_bytes, 98 * size);
  EXPECT_EQ(whole->end, offset{1000});
  for (const bool fresh : {false, true}) {
    if (fresh) {
      opened->release_files();
      EXPECT_EQ(on.disk.open_file_count(), 1U);  // the slice above
    }
    const auto three = opened->read(offset{25}, {.size_bytes_max = 3 * size + 5});
    EXPECT_EQ(three->size_bytes, 3 * size);
    EXPECT_EQ(three->end, offset{50});
    const auto one = opened->read(offset{25}, {.size_bytes_max = 1});
    EXPECT_EQ(one->size_bytes, size);
    EXPECT_EQ(one->end, offset{30});
    const auto none = opened->read(offset{25}, {.size_bytes_max = 1, .minimum_one_batch = false});
    EXPECT_TRUE(none->empty());
    EXPECT_EQ(none->end, offset{25});
    const auto limited = opened->read(offset{25}, {.limit = offset{60}});
    EXPECT_EQ(limited->size_bytes, 4 * size);
    EXPECT_EQ(limited->end, offset{60});
    const auto inside = opened->read(offset{25}, {.limit = offset{65}});
    EXPECT_EQ(inside->size_bytes, 4 * size);
    EXPECT_TRUE(opened->read(offset{25}, {.limit = offset{25}})->empty());
    EXPECT_TRUE(opened->read(offset{25}, {.limit = offset{28}})->empty());
    EXPECT_TRUE(opened->read(offset{1000}, {})->empty());
  }
}

TEST(log, every_offset_is_found_from_every_kind_of_memory) {
  simulated_log on;
  on.options.segment_size_bytes_max = 40'000;
  on.options.index_interval_bytes = 1000;
  auto opened = on.open().value();
  for (int index = 0; index < 300; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1 + index % 7, 90)));
  }
  std::vector<std::int64_t> bases = simulated_log::bases(*opened, offset{0});
  ASSERT_EQ(bases.size(), 300U);
  for (std::int64_t at = 0; at < opened->log_end().value(); ++at) {
    if (at % 3 == 0) {
      opened->release_files();
    }
    const auto slice = opened->read(offset{at}, {.size_bytes_max = 1});
    ASSERT_TRUE(slice);
    const auto expected = *std::prev(std::upper_bound(bases.begin(), bases.end(), at));
    ASSERT_EQ(record::batch_view(simulated_log::bytes_of(*slice)).base_offset(), offset{expected});
    ASSERT_EQ(slice->first_batch, offset{expected});
  }
}

TEST(log, tail_reads_touch_no_disk) {
  simulated_log on;
  auto opened = on.open().value();
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(5, 1000)));
  }
  const auto before = on.disk.reads();
  const auto slice = opened->read(offset{470}, {.size_bytes_max = 1 << 20, .limit = offset{495}});
  EXPECT_EQ(slice->end, offset{495});
  EXPECT_EQ(on.disk.reads(), before);
}

TEST(log, slice_outlives_release_and_deletion) {
  simulated_log on;
  on.options.segment_size_bytes_max = 500;
  auto opened = on.open().value();
  for (int index = 0; index < 10; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 300)));
  }
  ASSERT_TRUE(simulated_log::flush(*opened));
  auto slice = opened->read(offset{0}, {}).value();
  const byte_buffer before = simulated_log::bytes_of(slice);
  opened->release_files();
  auto job = opened->advance_start(offset{5}).value();
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::waiting);
  EXPECT_EQ(simulated_log::bytes_of(slice), before);
  EXPECT_EQ(opened->read(offset{0}, {}).error(), errc::offset_out_of_range);
  slice = {};
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::done);
  EXPECT_FALSE(on.disk.exists(on.path(0, ".log")));
  EXPECT_FALSE(on.disk.exists(on.path(0, ".log.deleted")));
  EXPECT_TRUE(on.disk.exists(on.path(5, ".log")));
  EXPECT_EQ(simulated_log::bases(*opened, offset{5}).size(), 5U);
}

TEST(log, timestamps_are_found_with_their_own_record) {
  simulated_log on;
  on.options.segment_size_bytes_max = 2000;
  on.options.index_interval_bytes = 200;
  auto opened = on.open().value();
  for (int index = 0; index < 50; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(4, 30, 1'000'000 + index * 100), index / 10));
  }
  for (const int which : {0, 1, 25, 49}) {
    const auto exact = opened
                           ->offset_for_timestamp(1'000'000 + which * 100 + 2, opened->log_end(),
                                                  record::no_codecs())
                           .value();
    ASSERT_TRUE(exact);
    EXPECT_EQ(exact->at, offset{which * 4 + 2});
    EXPECT_EQ(exact->timestamp_ms, 1'000'000 + which * 100 + 2);
    EXPECT_EQ(exact->epoch, leader_epoch{which / 10});
  }
  const auto between =
      opened->offset_for_timestamp(1'000'050, opened->log_end(), record::no_codecs()).value();
  EXPECT_EQ(between->at, offset{4});
  EXPECT_FALSE(
      opened->offset_for_timestamp(9'000'000, opened->log_end(), record::no_codecs()).value());
  EXPECT_FALSE(opened->offset_for_timestamp(1'000'050, offset{4}, record::no_codecs()).value());
  const auto newest = opened->max_timestamp(record::no_codecs()).value();
  EXPECT_EQ(newest->at, offset{199});
  EXPECT_EQ(newest->timestamp_ms, 1'004'903);
}

TEST(log, damage_below_the_recovery_point_stops_reading_loudly) {
  simulated_log on;
  auto opened = on.open().value();
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 200)));
  }
  ASSERT_TRUE(simulated_log::flush(*opened));
  opened->release_files();
  const auto size = record::batch_view(make_batch(1, 200)).size();
  on.disk.flip_bit(on.path(0, ".log"), 5 * size + 16, 3);  // the magic of batch 5
  EXPECT_EQ(opened->read(offset{6}, {}).error(), errc::corrupt);
  EXPECT_EQ(opened->read(offset{50}, {}).error(), errc::corrupt);
  EXPECT_EQ(opened->write_obstacle(), errc::corrupt);
}

TEST(log, scan_finds_a_damaged_record) {
  simulated_log on;
  auto opened = on.open().value();
  for (int index = 0; index < 20; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 200)));
  }
  int seen = 0;
  const auto count = [&seen](const record::batch_view&) -> result<void> {
    ++seen;
    return {};
  };
  EXPECT_TRUE(opened->scan(offset{0}, offset{20}, count));
  EXPECT_EQ(seen, 20);
  const auto size = record::batch_view(make_batch(1, 200)).size();
  on.disk.flip_bit(on.path(0, ".log"), 5 * size + 100, 3);
  EXPECT_EQ(opened->scan(offset{0}, offset{20}, count).error(), errc::corrupt);
  EXPECT_EQ(seen, 25);
  EXPECT_EQ(opened->write_obstacle(), errc::corrupt);
}

}  // namespace
}  // namespace tidemill::log
