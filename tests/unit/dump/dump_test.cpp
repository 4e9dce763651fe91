#include "dump/dump.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "log/file_names.hpp"
#include "tests/support/log_builder.hpp"

namespace tidemill::dump {
namespace {

/// A partition's directory with one segment of four batches, of which each has three records.
class partition_files : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk_.create_directories(directory_));
    byte_buffer log;
    byte_buffer index;
    for (int number = 0; number < 4; ++number) {
      byte_buffer batch = test::make_batch(3);
      store_big_endian(batch.data(), std::int64_t{10 + number * 3});
      if (number > 0) {
        index.resize(index.size() + 8);
        store_big_endian(index.data() + index.size() - 8, std::uint32_t(number * 3 + 2));
        store_big_endian(index.data() + index.size() - 4, static_cast<std::uint32_t>(log.size()));
      }
      log.insert(log.end(), batch.begin(), batch.end());
    }
    batch_size_ = log.size() / 4;
    write(log_path_, log);
    write(index_path_, index);
  }

  void write(const std::string& path, const byte_buffer& content) {
    auto file = disk_.open(path, io::open_mode::create_truncated);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write_at(0, content));
  }
  void flip(const std::string& path, std::uint64_t position) {
    auto file = disk_.open(path, io::open_mode::read_write);
    byte_buffer one(1);
    ASSERT_TRUE((*file)->read_at(position, one));
    one.front() ^= std::byte{0xFF};
    ASSERT_TRUE((*file)->write_at(position, one));
  }
  std::vector<boost::json::object> rows_of(const std::string& path, bool with_records = false) {
    std::vector<boost::json::object> rows;
    problems_ = dump_path(disk_, path, {with_records},
                          [&](boost::json::object row) { rows.push_back(std::move(row)); });
    return rows;
  }
  static std::vector<boost::json::object> of_kind(const std::vector<boost::json::object>& rows,
                                                  std::string_view kind) {
    std::vector<boost::json::object> found;
    for (const auto& row : rows) {
      if (row.at("kind").as_string() == kind) {
        found.push_back(row);
      }
    }
    return found;
  }

  test::simulated_disk disk_{1};
  std::string directory_ = "/data/orders-0";
  std::string log_path_ = log::segment_file_path(directory_, offset{10}, log::log_suffix);
  std::string index_path_ =
      log::segment_file_path(directory_, offset{10}, log::offset_index_suffix);
  std::size_t batch_size_ = 0;
  std::size_t problems_ = 0;
};

TEST_F(partition_files, sound_directory_shows_batches_and_entries) {
  const auto rows = rows_of(directory_);
  EXPECT_EQ(problems_, 0U);
  const auto batches = of_kind(rows, "batch");
  ASSERT_EQ(batches.size(), 4U);
  EXPECT_EQ(batches[1].at("base_offset").as_int64(), 13);
  EXPECT_EQ(batches[1].at("last_offset").as_int64(), 15);
  EXPECT_EQ(batches[1].at("file").as_string(), log_path_.c_str());
  const auto entries = of_kind(rows, "offset_index_entry");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].at("offset").as_int64(), 15);
}

TEST_F(partition_files, records_are_shown_when_asked_for) {
  EXPECT_TRUE(of_kind(rows_of(log_path_), "record").empty());
  const auto records = of_kind(rows_of(log_path_, true), "record");
  ASSERT_EQ(records.size(), 12U);
  EXPECT_EQ(records[4].at("offset").as_int64(), 14);
  EXPECT_TRUE(records[4].at("key").is_null());
  EXPECT_EQ(records[4].at("value").as_string(), "vvvvvvvvvv");
}

TEST_F(partition_files, flipped_byte_is_a_problem_at_its_batch) {
  flip(log_path_, batch_size_ * 2 + 70);
  const auto problems = of_kind(rows_of(log_path_), "problem");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems_, 1U);
  EXPECT_EQ(problems[0].at("position").to_number<std::uint64_t>(), batch_size_ * 2);
}

TEST_F(partition_files, index_entry_into_the_middle_of_a_batch_is_a_problem) {
  flip(index_path_, 15);
  const auto problems = of_kind(rows_of(directory_), "problem");
  // It does not rise, and no batch begins there.
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].at("file").as_string(), index_path_.c_str());
  EXPECT_NE(std::string(problems[1].at("found").as_string()).find("where no batch begins"),
            std::string::npos);
}

TEST_F(partition_files, index_alone_is_not_checked_against_a_segment) {
  ASSERT_TRUE(disk_.remove(log_path_));
  EXPECT_EQ(of_kind(rows_of(directory_), "offset_index_entry").size(), 3U);
  EXPECT_EQ(problems_, 0U);
}

TEST_F(partition_files, zeros_behind_the_entries_are_room_for_more) {
  byte_buffer zeros(64);
  auto file = disk_.open(index_path_, io::open_mode::read_write);
  ASSERT_TRUE((*file)->write_at(24, zeros));
  EXPECT_EQ(of_kind(rows_of(directory_), "offset_index_entry").size(), 3U);
  EXPECT_EQ(problems_, 0U);
}

TEST_F(partition_files, cut_index_entry_is_a_problem) {
  auto file = disk_.open(index_path_, io::open_mode::read_write);
  ASSERT_TRUE((*file)->truncate(20));
  EXPECT_EQ(of_kind(rows_of(index_path_), "offset_index_entry").size(), 2U);
  EXPECT_EQ(problems_, 1U);
}

TEST_F(partition_files, snapshot_and_epochs_that_are_none_are_problems) {
  write(directory_ + "/00000000000000000010.snapshot", byte_buffer(30));
  write(directory_ + "/leader-epoch-checkpoint", byte_buffer(3));
  static_cast<void>(rows_of(directory_));
  EXPECT_EQ(problems_, 2U);
}

TEST_F(partition_files, path_that_is_no_log_is_a_problem) {
  static_cast<void>(rows_of("/data/nowhere"));
  EXPECT_EQ(problems_, 1U);
  ASSERT_TRUE(disk_.create_directories("/data/empty"));
  static_cast<void>(rows_of("/data/empty"));
  EXPECT_EQ(problems_, 1U);
}

}  // namespace
}  // namespace tidemill::dump
