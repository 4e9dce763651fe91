#include "log/recovery.hpp"

#include <gtest/gtest.h>

#include "log/file_names.hpp"
#include "log/partition_metadata.hpp"
#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using cut_reason = recovery_report::cut_reason;
using test::make_batch;
using test::simulated_log;

/// Appends so many batches of different sizes; returns where each of them ends in the file.
std::vector<std::uint64_t> fill(simulated_log& on, log& into, int count) {
  std::vector<std::uint64_t> ends;
  for (int index = 0; index < count; ++index) {
    EXPECT_TRUE(on.append(into, make_batch(1 + index % 4, 20 + static_cast<std::size_t>(index))));
    ends.push_back(into.size_bytes());
  }
  return ends;
}

TEST(recovery, tail_cut_at_every_byte_of_the_last_batches) {
  simulated_log on;
  std::vector<std::uint64_t> ends;
  byte_buffer whole;
  {
    auto opened = on.open().value();
    ends = fill(on, *opened, 8);
    whole = *on.disk.content(on.path(0, ".log"));
  }
  for (std::uint64_t size = ends[4]; size <= ends[7]; ++size) {
    on.disk.set_content(on.path(0, ".log"),
                        bytes_view(whole).first(static_cast<std::size_t>(size)));
    auto opened = on.open(offset{0}).value();
    const auto kept =
        static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin());
    ASSERT_EQ(opened->size_bytes(), ends[kept - 1]) << size;
    ASSERT_EQ(simulated_log::bases(*opened, offset{0}).size(), kept);
    const bool at_boundary = size == ends[kept - 1];
    ASSERT_EQ(on.report.reason, at_boundary ? cut_reason::none : cut_reason::torn_batch);
    ASSERT_EQ(on.report.cut_bytes, size - ends[kept - 1]);
    ASSERT_EQ(on.disk.content(on.path(0, ".log"))->size(), ends[kept - 1]);
    ASSERT_TRUE(on.append(*opened, make_batch(1)));
  }
}

TEST(recovery, every_bit_of_the_last_two_batches) {
  simulated_log on;
  std::vector<std::uint64_t> ends;
  byte_buffer whole;
  {
    auto opened = on.open().value();
    ends = fill(on, *opened, 6);
    whole = *on.disk.content(on.path(0, ".log"));
  }
  int flips = 0;
  int harmless = 0;
  for (std::uint64_t position = ends[3]; position < ends[5]; ++position) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      on.disk.set_content(on.path(0, ".log"), whole);
      on.disk.flip_bit(on.path(0, ".log"), position, bit);
      auto opened = on.open(offset{0}).value();
      const std::size_t hit = position < ends[4] ? 4 : 5;
      const std::uint64_t in_batch = position - ends[hit - 1];
      ++flips;
      if (in_batch >= record::leader_epoch_position && in_batch < record::magic_position) {
        ++harmless;  // the leader epoch lies outside the checksum
        ASSERT_EQ(opened->size_bytes(), ends[5]);
        continue;
      }
      ASSERT_EQ(opened->size_bytes(), ends[hit - 1]) << position << ' ' << bit;
      ASSERT_NE(on.report.reason, cut_reason::none);
      ASSERT_EQ(on.report.cut_bytes, ends[5] - ends[hit - 1]);
    }
  }
  EXPECT_EQ(harmless, 2 * 4 * 8);
  EXPECT_GT(flips, 1500);
}

TEST(recovery, every_bit_below_the_recovery_point_is_kept_or_stops_the_log) {
  simulated_log on;
  std::vector<std::uint64_t> ends;
  byte_buffer whole;
  {
    auto opened = on.open().value();
    ends = fill(on, *opened, 6);
    whole = *on.disk.content(on.path(0, ".log"));
  }
  const offset end{13};  // 1 + 2 + 3 + 4 + 1 + 2
  int refused = 0;
  for (std::uint64_t position = ends[3]; position < ends[5]; ++position) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      on.disk.set_content(on.path(0, ".log"), whole);
      on.disk.flip_bit(on.path(0, ".log"), position, bit);
      auto opened = on.open(end);
      if (!opened) {
        ASSERT_EQ(opened.error(), errc::corrupt);
        ++refused;
      } else {
        ASSERT_EQ((*opened)->log_end(), end);
      }
      ASSERT_EQ(on.disk.content(on.path(0, ".log"))->size(), whole.size()) << "data was cut";
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(recovery, scans_only_past_the_recovery_point) {
  simulated_log on;
  on.options.segment_size_bytes_max = 20'000;
  {
    auto opened = on.open().value();
    for (int index = 0; index < 100; ++index) {
      ASSERT_TRUE(on.append(*opened, make_batch(10, 100)));
    }
    opened->release_files();
  }
  auto opened = on.open(offset{980}).value();
  EXPECT_TRUE(on.report.scanned);
  EXPECT_EQ(on.report.batches, 2U);
  EXPECT_EQ(on.report.indexes_rebuilt, 0U);
  EXPECT_EQ(opened->log_end(), offset{1000});
  EXPECT_EQ(opened->recovery_point(), offset{980});
  EXPECT_TRUE(opened->flush_due());
}

TEST(recovery, log_shorter_than_its_recovery_point_is_damage) {
  simulated_log on;
  {
    fill(on, *on.open().value(), 5);
  }
  EXPECT_EQ(on.open(offset{100}).error(), errc::corrupt);
  on.disk.set_content(on.path(0, ".log"), {});
  EXPECT_EQ(on.open(offset{1}).error(), errc::corrupt);
  EXPECT_TRUE(on.open(offset{0}));
}

TEST(recovery, missing_middle_segment_is_damage) {
  simulated_log on;
  on.options.segment_size_bytes_max = 500;
  std::vector<segment_state> segments;
  {
    auto opened = on.open().value();
    fill(on, *opened, 20);
    segments = opened->segments();
    ASSERT_GT(segments.size(), 4U);
  }
  ASSERT_TRUE(on.disk.remove(on.path(segments[2].base_offset.value(), ".log")));
  EXPECT_EQ(on.open(segments[4].base_offset).error(), errc::corrupt);
  // Above the recovery point what follows a gap is cut off.
  auto opened = on.open(segments[1].base_offset).value();
  EXPECT_EQ(on.report.reason, cut_reason::orphan_segment);
  EXPECT_EQ(opened->log_end(), segments[2].base_offset);
  EXPECT_EQ(opened->segment_count(), 2U);
}

TEST(recovery, damaged_or_missing_indexes_are_made_anew) {
  for (const int damage : {0, 1, 2, 3}) {
    simulated_log on;
    on.options.segment_size_bytes_max = 5000;
    on.options.index_interval_bytes = 200;
    std::vector<segment_state> segments;
    std::map<std::string, byte_buffer> indexes;
    {
      auto opened = on.open().value();
      for (int index = 0; index < 100; ++index) {
        ASSERT_TRUE(on.append(*opened, make_batch(3, 50, 1'000'000 + index * 10)));
      }
      segments = opened->segments();
      ASSERT_TRUE(opened->close());
    }
    for (const auto& one : segments) {
      for (const auto suffix : {offset_index_suffix, time_index_suffix}) {
        const auto path = on.path(one.base_offset.value(), suffix);
        byte_buffer content = *on.disk.content(path);
        indexes[path] = content;
        if (damage == 0) {
          ASSERT_TRUE(on.disk.remove(path));
        } else if (damage == 1) {
          on.disk.set_content(path, byte_buffer(content.size(), std::byte{0x5a}));
        } else if (damage == 2) {
          on.disk.set_content(path, byte_buffer(content.size()));
        } else {
          on.disk.set_content(path, bytes_view(content).first(content.size() / 2 + 3));
        }
      }
    }
    auto opened = on.open(segments.back().base_offset).value();
    EXPECT_EQ(opened->log_end(), offset{300}) << damage;
    EXPECT_EQ(simulated_log::bases(*opened, offset{0}).size(), 100U);
    for (std::int64_t at = 0; at < 300; ++at) {
      opened->release_files();
      const auto slice = opened->read(offset{at}, {.size_bytes_max = 1});
      ASSERT_TRUE(slice) << damage << ' ' << at;
      ASSERT_EQ(slice->first_batch, offset{at / 3 * 3});
    }
    for (int which = 0; which < 100; ++which) {
      const auto found = opened->offset_for_timestamp(1'000'000 + which * 10, opened->log_end(),
                                                      record::no_codecs());
      ASSERT_TRUE(found) << damage;
      ASSERT_TRUE(*found) << damage << ' ' << which;
      ASSERT_EQ((*found)->at, offset{which * 3});
    }
    ASSERT_TRUE(opened->close());
    if (damage == 0) {
      for (const auto& [path, content] : indexes) {
        EXPECT_EQ(*on.disk.content(path), content) << path;
      }
    }
  }
}

TEST(recovery, damaged_index_of_a_cleanly_opened_log_is_made_anew) {
  simulated_log on;
  on.options.index_interval_bytes = 200;
  auto opened = on.open().value();
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(on.append(*opened, make_batch(3, 50)));
  }
  opened->release_files();
  const auto path = on.path(0, ".index");
  byte_buffer content = *on.disk.content(path);
  for (std::size_t at = 0; at < content.size(); at += 8) {
    content[at + 3] ^= std::byte{1};
  }
  on.disk.set_content(path, content);
  for (std::int64_t at = 0; at < 300; at += 7) {
    const auto slice = opened->read(offset{at}, {.size_bytes_max = 1});
    ASSERT_TRUE(slice);
    ASSERT_EQ(slice->first_batch, offset{at / 3 * 3});
  }
}

TEST(recovery, log_start_above_the_end_sets_the_files_aside_and_is_told) {
  simulated_log on;
  on.options.segment_size_bytes_max = 500;
  std::size_t segments = 0;
  {
    auto filled = on.open().value();
    fill(on, *filled, 20);
    segments = filled->segments().size();
  }
  on.log_start = offset{100};
  auto opened = on.open(offset{0}).value();
  EXPECT_EQ(on.report.reason, cut_reason::start_beyond_end);
  const auto paths = on.disk.paths();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(
                paths, [](const std::string& path) { return path.ends_with(".log.lost"); })),
            segments);
  EXPECT_EQ(opened->log_start(), offset{100});
  EXPECT_EQ(opened->log_end(), offset{100});
  ASSERT_TRUE(on.append(*opened, make_batch(2)));
  EXPECT_EQ(simulated_log::bases(*opened, offset{100}), std::vector<std::int64_t>{100});
}

TEST(recovery, deletions_dropped_by_a_clean_stop_are_finished_at_the_clean_start) {
  simulated_log on;
  on.options.segment_size_bytes_max = 500;
  std::optional<log_state> state;
  {
    auto opened = on.open().value();
    fill(on, *opened, 20);
    auto flush = opened->begin_flush(false).value();
    flush.finish(flush.run());
    const offset third = opened->segments()[2].base_offset;
    ASSERT_TRUE(opened->advance_start(third));  // the job that removes the files is dropped
    state = opened->close().value();
  }
  on.disk.set_content(on.path(0, ".log.deleted"), byte_buffer(100));
  ASSERT_TRUE(on.disk.content(on.path(0, ".log")));
  open_request request;
  request.directory = on.directory;
  request.options = std::make_shared<log_options>(on.options);
  request.exists = true;
  request.clean = state;
  auto opened = log::open({on.disk, on.clock, on.open_logs}, std::move(request), on.report).value();
  EXPECT_FALSE(on.disk.content(on.path(0, ".log")));
  EXPECT_FALSE(on.disk.content(on.path(0, ".log.deleted")));
  EXPECT_EQ(opened->log_end(), state->log_end);
}

TEST(recovery, interrupted_deletions_are_finished) {
  simulated_log on;
  on.options.segment_size_bytes_max = 500;
  std::vector<segment_state> segments;
  {
    auto opened = on.open().value();
    fill(on, *opened, 20);
    segments = opened->segments();
  }
  on.disk.set_content(on.path(0, ".log.deleted"), byte_buffer(100));
  on.disk.set_content(on.path(7777, ".index"), byte_buffer(8));
  on.log_start = segments[2].base_offset;
  auto opened = on.open().value();
  EXPECT_FALSE(on.disk.exists(on.path(0, ".log.deleted")));
  EXPECT_FALSE(on.disk.exists(on.path(7777, ".index")));
  EXPECT_FALSE(on.disk.exists(on.path(0, ".log")));
  EXPECT_EQ(opened->log_start(), segments[2].base_offset);
  EXPECT_EQ(opened->segment_count(), segments.size() - 2);
}

/// Remembers what it was told.
struct recording_observer final : batch_observer {
  result<offset> begin_recovery(const recovery_extent& extent) override {
    seen.clear();
    return wanted.value_or(extent.recovery_point);
  }
  result<void> recovered(const record::batch_view& batch) override {
    seen.push_back(batch.base_offset().value());
    return {};
  }
  result<void> end_recovery(offset log_end) override {
    end = log_end;
    return {};
  }
  result<void> rolled(offset base) override {
    rolls.push_back(base.value());
    return {};
  }
  void truncated(offset log_end) override { end = log_end; }
  void start_advanced(offset log_start) override { start = log_start; }

  std::optional<offset> wanted;
  std::vector<std::int64_t> seen;
  std::vector<std::int64_t> rolls;
  offset end{-1};
  offset start{-1};
};

TEST(recovery, observer_sees_every_batch_it_asks_for_once_and_in_order) {
  simulated_log on;
  on.options.segment_size_bytes_max = 500;
  recording_observer observer;
  on.observer = &observer;
  std::vector<std::int64_t> bases;
  std::size_t segment_count = 0;
  {
    auto opened = on.open().value();
    fill(on, *opened, 30);
    bases = simulated_log::bases(*opened, offset{0});
    segment_count = opened->segment_count();
  }
  EXPECT_EQ(observer.rolls.size(), segment_count - 1);
  for (const std::size_t from : {0UL, 7UL, 20UL, 29UL}) {
    for (const std::size_t point : {0UL, 13UL, 20UL, 29UL}) {
      observer.wanted = offset{bases[std::min(from, point)]};
      auto opened = on.open(offset{bases[point]}).value();
      const std::vector<std::int64_t> expected(
          bases.begin() + static_cast<std::ptrdiff_t>(std::min(from, point)), bases.end());
      ASSERT_EQ(observer.seen, expected);
      ASSERT_EQ(observer.end, opened->log_end());
    }
  }
}

TEST(partition_metadata, is_written_with_the_first_segment) {
  simulated_log on;
  open_request request;
  request.directory = on.directory;
  request.options = std::make_shared<log_options>();
  request.exists = false;
  request.topic = make_random_uuid(1, 2);
  auto opened = log::open({on.disk, on.clock, on.open_logs}, std::move(request), on.report).value();
  EXPECT_FALSE(read_partition_metadata(on.disk, on.directory).value());
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  EXPECT_EQ(read_partition_metadata(on.disk, on.directory).value(), make_random_uuid(1, 2));
  ASSERT_TRUE(simulated_log::flush(*opened));
  on.disk.crash();
  EXPECT_EQ(read_partition_metadata(on.disk, on.directory).value(), make_random_uuid(1, 2));
  on.disk.set_content(on.directory + "/partition.metadata", as_bytes("version: 1\n"));
  EXPECT_EQ(read_partition_metadata(on.disk, on.directory).error(),
            errc::partition_metadata_malformed);
}

}  // namespace
}  // namespace tidemill::log
