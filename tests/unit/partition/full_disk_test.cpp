// What a host does where the disk has no byte left: what is there is read, nothing is lost, and all
// goes on once there is room.
#include <limits>

#include "log/partition_metadata.hpp"
#include "tests/unit/partition/host_fixture.hpp"

namespace tidemill::partition {
namespace {

using namespace std::chrono_literals;

class full_disk_test : public host_fixture {
 protected:
  full_disk_test() {
    auto log_options = std::make_shared<log::log_options>();
    log_options->segment_size_bytes_max = 20'000;
    log_options->index_interval_bytes = 1000;
    policy_.log = log_options;
  }
  /// Not a byte more than is there, however much of it is removed.
  void fill_up() { disk_.set_capacity(0); }
  void make_room() { disk_.set_capacity(std::numeric_limits<std::uint64_t>::max()); }
  /// What a kill leaves: everything that was written, and nothing that a clean end writes.
  void kill() {
    disk_.settle();
    crash();
  }
  static void append_some(partition& here, int count, int first_sequence = 0) {
    for (int i = 0; i < count; ++i) {
      EXPECT_GE(base_of(append(here, {.producer = 8,
                                      .first_sequence = first_sequence + i,
                                      .value = std::string(500, 'v')})),
                0);
    }
  }
  static void expect_readable(partition& here, std::int64_t from, std::int64_t end) {
    for (std::int64_t at = from; at < end;) {
      const auto slice = read(here, at).slice;
      ASSERT_GT(slice.end, offset{at});
      at = slice.end.value();
    }
  }
};

TEST_F(full_disk_test, log_whose_start_has_moved_is_read_after_a_kill) {
  append_some(open(), 100);
  ASSERT_TRUE(open().advance_start(offset{50}));
  kill();
  fill_up();
  start();
  partition& here = open();
  EXPECT_EQ(here.log_end(), offset{100});
  expect_readable(here, here.log_start().value(), 100);
  EXPECT_TRUE(listener_.failures.empty());
  make_room();
  append_some(here, 1, 100);
  stop();
  start();
  EXPECT_EQ(open().log_end(), offset{101});
  EXPECT_EQ(listener_.recoveries.size(), 1U) << "the end was clean";
}

TEST_F(full_disk_test, indexes_that_cannot_be_written_are_made_anew_later) {
  append_some(open(), 200);
  kill();
  for (const std::string& path : disk_.paths()) {
    if (path.ends_with("index")) {
      static_cast<void>(disk_.remove(path));
    }
  }
  disk_.settle();
  fill_up();
  start();
  expect_readable(open(), 0, 200);
  EXPECT_TRUE(open().offset_for_timestamp(1'700'000'000'000, isolation::read_uncommitted));
  make_room();
  append_some(open(), 1, 200);
  stop();
  start();
  expect_readable(open(), 0, 201);
}

TEST_F(full_disk_test, snapshot_that_finds_no_room_comes_with_the_next_append) {
  append_some(open(), 10);
  const std::size_t before = files_with(".snapshot");
  fill_up();
  clock_.advance(24h * 8);  // older than a segment may be: retention begins a new one
  policy_.retention.age_max = 1h;
  host_->assign(key_of(0), assignment_of());
  loop_.run_for(options_.retention_interval + 1s);
  EXPECT_EQ(open().log_start(), offset{10}) << "removing needs no room";
  EXPECT_EQ(files_with(".snapshot"), before);
  make_room();
  append_some(open(), 1, 10);
  EXPECT_GT(files_with(".snapshot"), before);
  kill();
  start();
  EXPECT_EQ(base_of(append(open(), {.producer = 8, .first_sequence = 10})), 10) << "a duplicate";
  EXPECT_EQ(base_of(append(open(), {.producer = 8, .first_sequence = 11})), 11);
}

TEST_F(full_disk_test, log_that_was_to_be_made_there_is_made_once_there_is_room) {
  fill_up();
  EXPECT_EQ(error_of(append(open(), {})), log::errc::disk_full);
  EXPECT_EQ(files_with("/partition.metadata"), 0U) << "no file that says nothing";
  make_room();
  stop();
  start();
  EXPECT_EQ(base_of(append(open(), {})), 0);
  EXPECT_EQ(log::read_partition_metadata(disk_, "/disk/data/topic-0").value(), key_of(0).topic);
}

TEST_F(full_disk_test, missing_partition_metadata_keep_nobody_from_reading_and_are_written_later) {
  append_some(open(), 5);
  stop();
  ASSERT_TRUE(disk_.remove("/disk/data/topic-0/partition.metadata"));
  fill_up();
  start();
  expect_readable(open(), 0, 5);
  stop();
  make_room();
  start();
  expect_readable(open(), 0, 5);
  EXPECT_EQ(log::read_partition_metadata(disk_, "/disk/data/topic-0").value(), key_of(0).topic);
}

}  // namespace
}  // namespace tidemill::partition
