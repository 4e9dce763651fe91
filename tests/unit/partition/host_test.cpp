#include "partition/host.hpp"

#include "log/partition_metadata.hpp"
#include "tests/unit/partition/host_fixture.hpp"

namespace tidemill::partition {
namespace {

using namespace std::chrono_literals;

class host_test : public host_fixture {};

TEST_F(host_test, partition_without_records_has_no_files) {
  open(0);
  EXPECT_EQ(files_with("topic-0"), 0u);
  EXPECT_EQ(host_->count().open, 1u);
}

// Making files takes long, and others wait for the thread.
TEST_F(host_test, many_new_logs_are_made_a_few_at_a_time_in_the_order_of_their_appends) {
  constexpr int count = 100;
  std::vector<answer> first;
  std::vector<answer> second;
  for (int index = 0; index < count; ++index) {
    open(index);
  }
  for (int index = 0; index < count; ++index) {
    first.push_back(arrive(*host_->find(key_of(index)), {}));
    second.push_back(arrive(*host_->find(key_of(index)), {}));
  }
  std::size_t rounds = 0;
  std::size_t made = files_with(".log");
  while (loop_.run_one()) {
    const std::size_t now = files_with(".log");
    EXPECT_LE(now - made, 16U);
    rounds += now > made ? 1U : 0U;
    made = now;
  }
  EXPECT_EQ(made, static_cast<std::size_t>(count));
  EXPECT_GE(rounds, 6U);
  for (int index = 0; index < count; ++index) {
    const auto at = static_cast<std::size_t>(index);
    EXPECT_EQ(base_of(first[at]), 0);
    EXPECT_EQ(base_of(second[at]), 1);
  }
}

TEST_F(host_test, unknown_partition_is_an_error) {
  std::optional<error_code> error;
  host_->open(key_of(7), [&](const result<partition*>& outcome) { error = outcome.error(); });
  EXPECT_EQ(error, errc::unknown_partition);
  EXPECT_EQ(host_->find(key_of(7)), nullptr);
}

TEST_F(host_test, clean_restart_keeps_records_producers_and_epochs) {
  host_->assign(key_of(0), assignment_of(3));
  partition& before = open();
  for (int i = 0; i < 4; ++i) {
    append(before, {.producer = 8, .first_sequence = i});
  }
  stop();
  start();
  host_->assign(key_of(0), assignment_of(4));
  EXPECT_EQ(host_->find(key_of(0)), nullptr);
  partition& after = open();
  EXPECT_TRUE(listener_.recoveries.empty());
  EXPECT_EQ(after.high_watermark(), offset{4});
  EXPECT_EQ(after.epoch_of(offset{2}), leader_epoch{3});
  EXPECT_EQ(base_of(append(after, {.producer = 8, .first_sequence = 1})), 1);
  EXPECT_EQ(error_of(append(after, {.producer = 8, .first_sequence = 5})),
            errc::out_of_order_sequence);
  EXPECT_EQ(base_of(append(after, {.producer = 8, .first_sequence = 4})), 4);
  EXPECT_TRUE(listener_.failures.empty());
}

TEST_F(host_test, r21_crash_rebuilds_producers_from_the_log) {
  policy_.sync_before_commit = true;
  partition& before = open();
  for (int i = 0; i < 4; ++i) {
    append(before, {.producer = 8, .first_sequence = i});
    loop_.run();
  }
  crash();
  start();
  partition& after = open();
  EXPECT_EQ(listener_.recoveries, (std::vector<std::string>{"topic-0"}));
  EXPECT_EQ(after.log_end(), offset{4});
  EXPECT_EQ(base_of(append(after, {.producer = 8, .first_sequence = 2})), 2);
  loop_.run();
  EXPECT_EQ(error_of(append(after, {.producer = 8, .first_sequence = 9})),
            errc::out_of_order_sequence);
}

TEST_F(host_test, r21_lost_side_files_are_derived_again) {
  partition& before = open();
  for (int i = 0; i < 7; ++i) {
    append(before, {.producer = 8, .first_sequence = i});
  }
  stop();
  for (const std::string& path : disk_.paths()) {
    if (path.ends_with(".snapshot") || path.ends_with("leader-epoch-checkpoint")) {
      disk_.set_content(path, as_bytes("damaged"));
    }
  }
  start();
  partition& after = open();
  EXPECT_EQ(base_of(append(after, {.producer = 8, .first_sequence = 3})), 3);
  EXPECT_EQ(base_of(append(after, {.producer = 8, .first_sequence = 7})), 7);
  EXPECT_EQ(after.epoch_of(offset{0}), leader_epoch{0});
}

TEST_F(host_test, stop_with_many_unsynced_segments_makes_few_syncs) {
  log::log_options rolling;
  rolling.segment_size_bytes_max = 256;
  policy_.log = std::make_shared<const log::log_options>(rolling);
  partition& before = open();
  for (int i = 0; i < 1'000; ++i) {
    append(before, {.value = std::string(200, 'x')});
  }
  ASSERT_GE(files_with(".log"), 900u);
  const std::uint64_t syncs_before = disk_.syncs();
  stop();
  EXPECT_LT(disk_.syncs() - syncs_before, 50u);
  disk_.power_off_after(1);
  disk_.crash();  // what the stop called clean survives a power cut
  start();
  partition& after = open();
  EXPECT_TRUE(listener_.recoveries.empty());
  EXPECT_EQ(after.log_end(), offset{1'000});
  EXPECT_EQ(read(after, 999).high_watermark, offset{1'000});
}

TEST_F(host_test, open_waits_for_the_pool_and_answers_callers_in_order) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  pool_.hold();
  std::string order;
  host_->open(key_of(0), [&order](const result<partition*>&) { order += 'a'; });
  host_->open(key_of(0), [&order](const result<partition*>&) { order += 'b'; });
  loop_.run();
  EXPECT_EQ(order, "");
  EXPECT_EQ(host_->count().opening, 1u);
  pool_.release();
  loop_.run();
  EXPECT_EQ(order, "ab");
}

TEST_F(host_test, r18_directory_of_another_topic_is_not_served) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0, 2), assignment_of());
  std::optional<error_code> error;
  const auto try_open = [&] {
    host_->open(key_of(0, 2), [&](const result<partition*>& outcome) { error = outcome.error(); });
    loop_.run();
  };
  try_open();
  EXPECT_EQ(error, errc::topic_id_mismatch);
  EXPECT_EQ(listener_.failures.size(), 1u);
  loop_.run_for(2s);
  try_open();
  EXPECT_EQ(error, errc::topic_id_mismatch);
  EXPECT_EQ(listener_.failures.size(), 1u) << "the same failure is told once";
}

TEST_F(host_test, partition_that_is_tried_again_has_failed_until_that_succeeds) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0, 2), assignment_of());
  const auto ask = [&] { host_->open(key_of(0, 2), [](const result<partition*>&) {}); };
  ask();
  loop_.run();
  loop_.run_for(2s);
  pool_.hold();
  ask();
  loop_.run();
  EXPECT_EQ(host_->count().failed, 1U);
  EXPECT_EQ(host_->count().opening, 0U);
  EXPECT_EQ(host_->failures().size(), 1U);
  pool_.release();
  loop_.run();
}

class torn_partition_metadata : public host_test {
 protected:
  void SetUp() override {
    append(open(), {.count = 5});
    disk_.settle();
  }
  void tear() {
    auto file = disk_.open("/disk/data/topic-0/partition.metadata", io::open_mode::read_write);
    ASSERT_TRUE(file && (*file)->truncate(20));
  }
};

TEST_F(torn_partition_metadata, of_a_log_that_was_never_flushed_is_written_anew) {
  crash();
  tear();
  start();
  EXPECT_EQ(open().log_end(), offset{5});
  const auto found = log::read_partition_metadata(disk_, "/disk/data/topic-0");
  EXPECT_EQ(found.value(), key_of(0).topic);
}

TEST_F(torn_partition_metadata, of_a_log_that_was_closed_cleanly_is_refused) {
  stop();
  tear();
  start();
  host_->assign(key_of(0), assignment_of());
  std::optional<error_code> error;
  host_->open(key_of(0), [&](const result<partition*>& outcome) { error = outcome.error(); });
  loop_.run();
  EXPECT_EQ(error, log::errc::partition_metadata_malformed);
}

TEST_F(host_test, removal_of_what_was_never_opened_takes_the_directory_too) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  std::optional<result<void>> removed;
  host_->remove(key_of(0), [&removed](const result<void>& outcome) { removed = outcome; });
  loop_.run_for(5s);
  ASSERT_TRUE(removed && *removed);
  EXPECT_EQ(files_with("topic-0"), 0u);
}

TEST_F(host_test, stop_waits_for_an_open_that_is_under_way) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  pool_.hold();
  bool answered = false;
  host_->open(key_of(0), [&answered](const result<partition*>&) { answered = true; });
  bool stopped = false;
  host_->stop([&stopped] { stopped = true; });
  loop_.run();
  EXPECT_FALSE(stopped);
  pool_.release();
  loop_.run();
  EXPECT_TRUE(answered);
  EXPECT_TRUE(stopped);
  host_.reset();
  EXPECT_TRUE(directory_->close_clean(1));
  directory_.reset();
  start();
  EXPECT_TRUE(directory_->was_clean());
}

TEST_F(host_test, failed_open_is_told_once_and_tried_again) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  disk_.fail(test::simulated_disk::operation::open, 1, EIO);
  std::optional<error_code> error;
  host_->open(key_of(0), [&](const result<partition*>& outcome) {
    error = outcome ? error_code{} : outcome.error();
  });
  loop_.run();
  EXPECT_EQ(error, error_code(EIO, boost::system::system_category()));
  EXPECT_EQ(listener_.failures.size(), 1U);
  loop_.run_for(2s);
  EXPECT_EQ(open().log_end(), offset{1});
  EXPECT_EQ(listener_.failures.size(), 1U);
}

TEST_F(host_test, many_logs_close_with_few_syncs_and_survive_a_crash) {
  constexpr int count = 300;  // some of them are closed together, the rest alone
  for (int index = 0; index < count; ++index) {
    host_->assign(key_of(index), assignment_of(3));
    append(open(index), {.producer = 8, .first_sequence = 0});
  }
  const std::uint64_t before = disk_.syncs();
  stop();
  EXPECT_LT(disk_.syncs() - before, 400u);  // one by one: above 2,000
  disk_.crash();
  start();
  for (int index = 0; index < count; ++index) {
    host_->assign(key_of(index), assignment_of(4));
    ASSERT_EQ(open(index).high_watermark(), offset{1}) << index;
  }
  EXPECT_TRUE(listener_.recoveries.empty());
  EXPECT_TRUE(listener_.failures.empty());
}

TEST_F(host_test, failed_sync_of_many_logs_leaves_none_of_them_clean) {
  constexpr int count = 100;
  for (int index = 0; index < count; ++index) {
    host_->assign(key_of(index), assignment_of(3));
    append(open(index), {.producer = 8, .first_sequence = 0});
  }
  disk_.fail(test::simulated_disk::operation::sync, 1, EIO);
  stop();
  EXPECT_EQ(listener_.failures.size(), 100u);
}

TEST_F(host_test, damage_below_the_recovery_point_is_found_by_the_scrub_and_remembered) {
  stop();
  options_.scrub_bytes_per_second = 1U << 20U;
  options_.scrub_interval = std::chrono::seconds(10);
  start();
  for (int i = 0; i < 5; ++i) {
    append(open(), {.value = std::string(200, 'a')});
  }
  loop_.run();
  const std::string path = "/disk/data/topic-0/00000000000000000000.log";
  disk_.flip_bit(path, 400, 3);
  for (int second = 0; second < 30 && host_->count().failed == 0; ++second) {
    loop_.run_for(std::chrono::seconds(1));
  }
  ASSERT_EQ(host_->count().failed, 1U);
  ASSERT_EQ(host_->failures().size(), 1U);
  EXPECT_NE(host_->failures()[0].reason.find(path + " at byte "), std::string::npos);
  EXPECT_NE(host_->failures()[0].reason.find("a checksum does not fit"), std::string::npos);
  EXPECT_EQ(listener_.failures.size(), 1U);
  EXPECT_GT(host_->count().scrubbed_bytes, 0U);
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  error_code refused;
  const auto ask = [&] {
    host_->open(key_of(0), [&](result<partition*> outcome) {
      refused = outcome ? error_code() : outcome.error();
    });
    loop_.run();
  };
  ask();
  EXPECT_EQ(refused, log::errc::corrupt) << "it is remembered";
  disk_.flip_bit(path, 400, 3);
  loop_.run_for(std::chrono::seconds(2));
  ask();
  EXPECT_EQ(refused, error_code()) << "it is mended";
  EXPECT_EQ(open().log_end(), offset{5});
}

TEST_F(host_test, scrub_of_sound_logs_goes_round_and_says_nothing) {
  stop();
  options_.scrub_bytes_per_second = 1U << 20U;
  options_.scrub_interval = std::chrono::seconds(10);
  start();
  for (int i = 0; i < 5; ++i) {
    append(open(), {.value = std::string(200, 'a')});
  }
  for (int second = 0; second < 60; ++second) {
    loop_.run_for(std::chrono::seconds(1));
  }
  EXPECT_GE(host_->count().scrub_passes, 4U);
  EXPECT_TRUE(listener_.failures.empty());
  EXPECT_EQ(host_->count().failed, 0U);
}

}  // namespace
}  // namespace tidemill::partition
