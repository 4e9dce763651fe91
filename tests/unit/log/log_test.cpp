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
