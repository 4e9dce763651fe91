// How batches get into a log.
#include "log/log.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;
using operation = test::simulated_disk::operation;

TEST(log, append_assigns_offsets_and_epoch_in_place) {
  simulated_log on;
  auto opened = on.open().value();
  byte_buffer first = make_batch(3);
  byte_buffer second = make_batch(2);
  const mutable_bytes views[] = {first, second};
  const auto appended = opened->append(views, leader_epoch{7});
  ASSERT_TRUE(appended);
  EXPECT_EQ(appended->base_offset, offset{0});
  EXPECT_EQ(appended->end_offset, offset{5});
  EXPECT_EQ(record::batch_view(second).base_offset(), offset{3});
  EXPECT_EQ(record::batch_view(second).leader_epoch(), leader_epoch{7});
  EXPECT_EQ(opened->log_end(), offset{5});
  const auto slice = opened->read(offset{0}, {}).value();
  byte_buffer expected = first;
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(simulated_log::bytes_of(slice), expected);
}

TEST(log, append_of_many_batches_is_one_write) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  std::vector<byte_buffer> batches(64, make_batch(4));
  std::vector<mutable_bytes> views(batches.begin(), batches.end());
  const auto before = on.disk.changes();
  ASSERT_TRUE(opened->append(views, leader_epoch{1}));
  EXPECT_EQ(on.disk.changes() - before, 1U);
  EXPECT_EQ(opened->log_end(), offset{257});
}

TEST(log, append_past_segment_limit_rolls) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  auto opened = on.open().value();
  for (int index = 0; index < 50; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 150)));
  }
  EXPECT_EQ(opened->segment_count(), 13U);  // four batches of 219 bytes each
  const auto bases = simulated_log::bases(*opened, offset{0});
  ASSERT_EQ(bases.size(), 50U);
  for (int index = 0; index < 50; ++index) {
    EXPECT_EQ(bases[static_cast<std::size_t>(index)], index);
  }
}

TEST(log, append_call_that_crosses_segments_is_split) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  auto opened = on.open().value();
  std::vector<byte_buffer> batches(20, make_batch(1, 150));
  std::vector<mutable_bytes> views(batches.begin(), batches.end());
  ASSERT_TRUE(opened->append(views, leader_epoch{1}));
  EXPECT_EQ(opened->segment_count(), 5U);
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 20U);
}

TEST(log, append_call_rolls_where_single_appends_would) {
  struct rule {
    const char* name;
    std::function<void(log_options&)> set;
  };
  const rule rules[] = {
      {"segment.ms", [](log_options& of) { of.segment_age_max = std::chrono::seconds(5); }},
      {"segment.index.bytes",
       [](log_options& of) {
         of.index_interval_bytes = 0;
         of.index_size_bytes_max = 120;
       }},
      {"segment.bytes", [](log_options& of) { of.segment_size_bytes_max = 1000; }},
  };
  for (const rule& one : rules) {
    std::vector<std::vector<std::int64_t>> bases;
    for (const bool is_grouped : {false, true}) {
      simulated_log on;
      one.set(on.options);
      auto opened = on.open().value();
      std::vector<byte_buffer> batches;
      for (int index = 0; index < 60; ++index) {
        batches.push_back(make_batch(1, 10, 1'600'000'000'000 + index * 2000));
      }
      if (is_grouped) {
        std::vector<mutable_bytes> views(batches.begin(), batches.end());
        ASSERT_TRUE(opened->append(views, leader_epoch{1}));
      } else {
        for (const byte_buffer& batch : batches) {
          ASSERT_TRUE(on.append(*opened, batch));
        }
      }
      std::vector<std::int64_t>& found = bases.emplace_back();
      for (const segment_state& each : opened->segments()) {
        found.push_back(each.base_offset.value());
      }
    }
    EXPECT_GE(bases[0].size(), 5U) << one.name;
    EXPECT_EQ(bases[0], bases[1]) << one.name;
  }
}

TEST(log, append_replicated_keeps_offsets_and_refuses_gaps) {
  simulated_log on;
  auto opened = on.open().value();
  byte_buffer batch = make_batch(2);
  record::assign_leader_epoch(batch, leader_epoch{3});
  const bytes_view view(batch);
  ASSERT_TRUE(opened->append_replicated(std::span(&view, 1)));
  EXPECT_EQ(opened->append_replicated(std::span(&view, 1)).error(), errc::offsets_not_ascending);
  record::assign_base_offset(batch, offset{5});
  EXPECT_EQ(opened->append_replicated(std::span(&view, 1)).error(), errc::offsets_not_ascending);
  record::assign_base_offset(batch, offset{2});
  ASSERT_TRUE(opened->append_replicated(std::span(&view, 1)));
  EXPECT_EQ(opened->last_epoch(), leader_epoch{3});
}

TEST(log, append_of_garbage_is_refused) {
  simulated_log on;
  auto opened = on.open().value();
  byte_buffer batch = make_batch(2);
  batch.push_back(std::byte{0});
  EXPECT_EQ(on.append(*opened, batch).error(), errc::batch_malformed);
  EXPECT_EQ(on.append(*opened, byte_buffer(10)).error(), errc::batch_malformed);
  EXPECT_EQ(opened->log_end(), offset{0});
}

TEST(log, roll_by_age_counts_from_timestamps_or_clock) {
  simulated_log on;
  on.options.segment_age_max = std::chrono::seconds(10);
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 10, 1'000'000)));
  ASSERT_TRUE(on.append(*opened, make_batch(1, 10, 1'010'000)));
  EXPECT_EQ(opened->segment_count(), 1U);
  ASSERT_TRUE(on.append(*opened, make_batch(1, 10, 1'010'001)));
  EXPECT_EQ(opened->segment_count(), 2U);
  on.clock.advance(std::chrono::seconds(11));
  ASSERT_TRUE(on.append(*opened, make_batch(1, 10, -1)));
  EXPECT_EQ(opened->segment_count(), 3U);
}

TEST(log, roll_by_full_index) {
  simulated_log on;
  on.options.index_interval_bytes = 0;
  on.options.index_size_bytes_max = 120;  // ten time index entries, two of them in reserve
  auto opened = on.open().value();
  for (int index = 0; index < 20; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(1, 10, 1'000'000 + index)));
  }
  EXPECT_EQ(opened->segment_count(), 2U);
}

TEST(log, disk_full_rolls_back_and_resumes) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
  on.disk.set_capacity(1500);
  EXPECT_EQ(on.append(*opened, make_batch(1, 1000)).error(), errc::disk_full);
  EXPECT_FALSE(opened->write_obstacle());
  EXPECT_EQ(opened->log_end(), offset{1});
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 1U);
  EXPECT_EQ(on.disk.content(on.path(0, ".log"))->size(), opened->size_bytes());
  on.disk.set_capacity(1 << 20);
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 2U);
}

TEST(log, disk_full_across_a_roll_removes_the_new_segment) {
  simulated_log on;
  on.options.segment_size_bytes_max = 1000;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 300)));
  on.disk.set_capacity(1500);
  std::vector<byte_buffer> batches(5, make_batch(1, 300));
  std::vector<mutable_bytes> views(batches.begin(), batches.end());
  EXPECT_EQ(opened->append(views, leader_epoch{1}).error(), errc::disk_full);
  EXPECT_EQ(opened->segment_count(), 1U);
  EXPECT_EQ(opened->log_end(), offset{1});
  on.disk.set_capacity(1 << 20);
  ASSERT_TRUE(opened->append(views, leader_epoch{1}));
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 6U);
}

TEST(log, failed_write_poisons_and_reads_go_on) {
  simulated_log on;
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
  on.disk.fail(operation::write, 1, EIO);
  EXPECT_EQ(on.append(*opened, make_batch(1, 1000)).error(), errc::write_failed);
  EXPECT_EQ(on.append(*opened, make_batch(1, 1000)).error(), errc::poisoned);
  EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 1U);
  opened->abandon();
  opened = on.open().value();
  EXPECT_EQ(opened->log_end(), offset{1});
  ASSERT_TRUE(on.append(*opened, make_batch(1, 1000)));
}

}  // namespace
}  // namespace tidemill::log
