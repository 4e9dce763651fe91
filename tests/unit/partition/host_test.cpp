#include "partition/host.hpp"

#include "log/partition_metadata.hpp"
#include "partition/retention_extension.hpp"
#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

using namespace std::chrono_literals;

class host_test : public shard_fixture {
 protected:
  [[nodiscard]] std::size_t files_with(std::string_view part) const {
    std::size_t count = 0;
    for (const std::string& path : disk_.paths()) {
      count += path.find(part) != std::string::npos ? 1U : 0U;
    }
    return count;
  }
};

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

TEST_F(host_test, removal_fails_waiters_and_frees_the_directory) {
  policy_.sync_before_commit = true;
  partition& here = open();
  append(here, {});
  loop_.run();
  pool_.hold();
  const answer waiting = append(here, {});
  std::optional<result<void>> removed;
  host_->remove(key_of(0), [&removed](const result<void>& outcome) { removed = outcome; });
  EXPECT_TRUE(error_of(waiting));
  EXPECT_FALSE(host_->contains(key_of(0)));
  EXPECT_FALSE(removed);
  pool_.release();
  loop_.run();
  ASSERT_TRUE(removed);
  EXPECT_TRUE(*removed);
  loop_.run_for(10s);
  EXPECT_EQ(files_with("topic-0"), 0u);
  EXPECT_TRUE(listener_.failures.empty());
}

TEST_F(host_test, removal_while_opening_answers_everybody) {
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  pool_.hold();
  std::optional<error_code> opened;
  std::optional<result<void>> removed;
  host_->open(key_of(0),
              [&opened](const result<partition*>& outcome) { opened = outcome.error(); });
  host_->remove(key_of(0), [&removed](const result<void>& outcome) { removed = outcome; });
  EXPECT_EQ(opened, errc::removed);
  EXPECT_FALSE(host_->contains(key_of(0)));
  pool_.release();
  loop_.run();
  ASSERT_TRUE(removed && *removed);
  EXPECT_EQ(host_->count().assigned, 0u);
}

TEST_F(host_test, r18_recreated_topic_starts_empty_after_the_old_directory_is_gone) {
  append(open(), {.count = 5});
  pool_.hold();
  host_->remove(key_of(0), [](const result<void>&) {});
  const partition_key again = key_of(0, 2);
  host_->assign(again, assignment_of());
  partition* opened = nullptr;
  host_->open(again, [&opened](const result<partition*>& outcome) { opened = *outcome; });
  EXPECT_EQ(opened, nullptr) << "the old directory is still there";
  pool_.release();
  loop_.run();
  ASSERT_NE(opened, nullptr);
  EXPECT_EQ(opened->log_end(), offset{0});
  EXPECT_EQ(base_of(append(*opened, {})), 0);
}

// The paths of a log are those of the next topic of the same name.
TEST_F(host_test, r18_removal_of_old_segments_never_meets_the_files_of_a_recreated_topic) {
  auto log_options = std::make_shared<log::log_options>();
  log_options->segment_size_bytes_max = 4096;
  policy_.log = log_options;
  const auto fill = [this](partition& where) {
    for (int i = 0; i < 100; ++i) {
      append(where, {.value = std::string(1000, 'x')});
      loop_.run();
    }
  };
  partition& here = open();
  fill(here);
  loop_.run_for(2min);  // all is durable
  pool_.hold();
  ASSERT_TRUE(here.advance_start(offset{100}));
  pool_.run_one();  // syncs the directory; the renaming is still to come
  host_->remove(key_of(0), [](const result<void>&) {});
  host_->assign(key_of(0, 2), assignment_of());
  partition* again = nullptr;
  host_->open(key_of(0, 2), [&again](const result<partition*>& outcome) { again = *outcome; });
  while (again == nullptr) {
    loop_.run();
    ASSERT_TRUE(pool_.run_one());
    loop_.run();
  }
  fill(*again);
  pool_.release();
  loop_.run_for(2min);
  crash();
  start();
  host_->assign(key_of(0, 2), assignment_of());
  again = nullptr;
  host_->open(key_of(0, 2), [&again](const result<partition*>& outcome) {
    EXPECT_TRUE(outcome) << outcome.error().message();
    again = outcome ? *outcome : nullptr;
  });
  loop_.run();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->log_start(), offset{0});
  for (std::int64_t at = 0; at < 100; ++at) {
    EXPECT_FALSE(read(*again, at).slice.empty()) << at;
  }
  EXPECT_TRUE(listener_.failures.empty());
}

TEST_F(host_test, r18_second_removal_of_a_name_leaves_the_first_one_to_its_end) {
  append(open(), {.count = 5});
  pool_.hold();
  loop_.run_for(2min);  // a flush is on the pool
  int removed = 0;
  const auto count = [&removed](const result<void>& outcome) { removed += outcome ? 1 : 0; };
  host_->remove(key_of(0), count);
  for (int topic = 2; topic < 5; ++topic) {
    host_->assign(key_of(0, topic), assignment_of());
    if (topic == 3) {
      host_->open(key_of(0, topic), [](const result<partition*>& outcome) {
        EXPECT_EQ(outcome.error(), errc::removed);
      });
    }
    host_->remove(key_of(0, topic), count);
    loop_.run();
  }
  host_->assign(key_of(0, 5), assignment_of());
  partition* last = nullptr;
  host_->open(key_of(0, 5), [&last](const result<partition*>& outcome) { last = *outcome; });
  pool_.release();
  loop_.run();
  EXPECT_EQ(removed, 4);
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(base_of(append(*last, {})), 0);
}

TEST_F(host_test, r18_removal_waits_for_what_the_pool_does_in_the_directory) {
  append(open(), {});
  pool_.hold();
  loop_.run_for(2min);  // a flush, and then checkpoints
  ASSERT_GT(pool_.waiting(), 0u);
  const std::size_t busy = pool_.waiting();
  std::optional<result<void>> removed;
  host_->remove(key_of(0), [&removed](const result<void>& outcome) { removed = outcome; });
  loop_.run();
  EXPECT_EQ(pool_.waiting(), busy) << "the removal is on the pool beside the flush";
  for (std::size_t left = busy; left > 0; --left) {
    pool_.run_one();
  }
  EXPECT_FALSE(removed);
  loop_.run();
  EXPECT_EQ(pool_.waiting(), 1u);
  pool_.release();
  loop_.run();
  ASSERT_TRUE(removed && *removed);
}

// The checkpoints that still speak of the first topic cannot be written for a while.
TEST_F(host_test, r18_recreated_topic_is_not_measured_by_the_checkpoints_of_the_first) {
  for (int i = 0; i < 100; ++i) {
    append(open(), {.value = std::string(100, 'x')});
  }
  ASSERT_TRUE(host_->find(key_of(0))->advance_start(offset{40}));
  loop_.run_for(2min);
  disk_.fail(test::simulated_disk::operation::open, 1, EMFILE);
  host_->remove(key_of(0), [](const result<void>& outcome) { EXPECT_TRUE(outcome); });
  policy_.sync_before_commit = true;
  host_->assign(key_of(0, 2), assignment_of());
  partition* again = nullptr;
  host_->open(key_of(0, 2), [&again](const result<partition*>& outcome) { again = *outcome; });
  loop_.run();
  if (again == nullptr) {
    loop_.run_for(2s);
  }
  ASSERT_NE(again, nullptr);
  std::vector<answer> stored;
  for (int i = 0; i < 20; ++i) {
    stored.push_back(append(*again, {}));
    loop_.run();
  }
  EXPECT_EQ(base_of(stored.back()), 19);
  crash();
  start();
  host_->assign(key_of(0, 2), assignment_of());
  host_->open(key_of(0, 2), [&again](const result<partition*>& outcome) {
    EXPECT_TRUE(outcome) << outcome.error().message();
    again = outcome ? *outcome : nullptr;
  });
  loop_.run();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->log_start(), offset{0});
  EXPECT_EQ(again->log_end(), offset{20});
}

TEST_F(host_test, r18_stop_does_not_wait_for_checkpoints_that_cannot_be_written) {
  append(open(), {});
  loop_.run_for(2min);
  disk_.set_capacity(0);
  host_->remove(key_of(0), [](const result<void>&) {});
  host_->assign(key_of(0, 2), assignment_of());
  std::optional<error_code> error;
  host_->open(key_of(0, 2), [&](const result<partition*>& outcome) { error = outcome.error(); });
  loop_.run_for(3s);
  bool stopped = false;
  host_->stop([&stopped] { stopped = true; });
  loop_.run_for(2s);
  EXPECT_TRUE(stopped);
  host_.reset();
}

// Segments leave a log in the order of their offsets, whatever fails: a hole is taken for damage.
struct failing_removal {
  test::simulated_disk::operation what;
  std::uint64_t nth;
  int error;
  bool may_pass;
};
class removal_that_fails : public host_test, public testing::WithParamInterface<failing_removal> {};

TEST_P(removal_that_fails, leaves_no_hole_in_the_log) {
  auto log_options = std::make_shared<log::log_options>();
  log_options->segment_size_bytes_max = 4096;
  policy_.log = log_options;
  partition& here = open();
  for (int i = 0; i < 100; ++i) {
    append(here, {.value = std::string(1000, 'x')});
  }
  loop_.run_for(2min);  // all is durable
  disk_.settle();
  const std::size_t files = files_with("topic-0/");
  disk_.fail(GetParam().what, GetParam().nth, GetParam().error);
  ASSERT_TRUE(here.advance_start(offset{50}));
  loop_.run();
  ASSERT_TRUE(here.advance_start(offset{80}));
  loop_.run();  // no checkpoint knows of the log start yet
  if (GetParam().may_pass) {
    loop_.run_for(1500ms);
    EXPECT_LT(files_with("topic-0/"), files / 3) << "it is made again, and the next follows";
  } else {
    EXPECT_GT(files_with("topic-0/"), files / 2) << "what comes after it stays";
  }
  disk_.settle();  // the process is killed, the machine goes on
  crash();
  start();
  EXPECT_EQ(open().log_end(), offset{100});
  EXPECT_FALSE(read(open(), 99).slice.empty());
  EXPECT_TRUE(listener_.failures.empty()) << listener_.failures.front();
}

INSTANTIATE_TEST_SUITE_P(
    host_test, removal_that_fails,
    testing::Values(failing_removal{test::simulated_disk::operation::sync, 1, EMFILE, true},
                    failing_removal{test::simulated_disk::operation::sync, 1, EIO, false},
                    failing_removal{test::simulated_disk::operation::rename, 2, ENOSPC, true},
                    failing_removal{test::simulated_disk::operation::rename, 2, EIO, false},
                    failing_removal{test::simulated_disk::operation::open, 1, EMFILE, true}));

TEST_F(host_test, removals_of_other_logs_go_on_beside_one_that_fails) {
  auto log_options = std::make_shared<log::log_options>();
  log_options->segment_size_bytes_max = 4096;
  policy_.log = log_options;
  for (int index = 0; index < 2; ++index) {
    for (int i = 0; i < 100; ++i) {
      append(open(index), {.value = std::string(1000, 'x')});
    }
  }
  loop_.run_for(2min);
  disk_.fail(test::simulated_disk::operation::rename, 1, ENOSPC);
  ASSERT_TRUE(open(0).advance_start(offset{50}));
  ASSERT_TRUE(open(1).advance_start(offset{90}));
  ASSERT_TRUE(open(0).advance_start(offset{90}));
  loop_.run();
  EXPECT_LT(files_with("topic-1/"), 20u);
  EXPECT_GT(files_with("topic-0/"), 60u);
  loop_.run_for(1500ms);
  EXPECT_LT(files_with("topic-0/"), 20u);
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

TEST_F(host_test, background_flush_moves_the_recovery_point) {
  partition& here = open();
  append(here, {.producer = 3, .count = 10});
  loop_.run_for(30s);
  EXPECT_GE(files_with("recovery-point-offset-checkpoint"), 1u);
  const auto text = disk_.content("/disk/data/recovery-point-offset-checkpoint");
  ASSERT_TRUE(text);
  EXPECT_NE(as_text(*text).find("topic 0 10"), std::string_view::npos) << as_text(*text);
  // Nothing is left to do: an hour of rounds touches no file.
  const std::uint64_t changes = disk_.changes();
  loop_.run_for(1h);
  EXPECT_EQ(disk_.changes(), changes);
}

TEST_F(host_test, flushes_of_many_partitions_keep_few_files_open) {
  constexpr int count = 40;
  options_.flushes_max = 4;
  options_.open_logs_max = 1;
  stop();
  start();
  for (int index = 0; index < count; ++index) {
    append(open(index), {});
  }
  pool_.hold();
  loop_.run_for(30s);
  EXPECT_LE(disk_.open_file_count(), 4u + 1u);
  EXPECT_GT(pool_.waiting(), 0u);
  pool_.release();
  loop_.run_for(30s);
  for (int index = 0; index < count; ++index) {
    const auto text = disk_.content("/disk/data/recovery-point-offset-checkpoint");
    const std::string line = "topic " + std::to_string(index) + " 1\n";
    EXPECT_NE(as_text(*text).find(line), std::string_view::npos) << index;
  }
}

// Nothing is wrong with the disk then.
TEST_F(host_test, flush_that_finds_no_descriptor_is_made_again) {
  for (const bool synced : {false, true}) {
    policy_.sync_before_commit = synced;
    const int index = synced ? 1 : 0;
    partition& here = open(index);
    disk_.fail(test::simulated_disk::operation::sync, 3, EMFILE);  // that of a directory
    const answer stored = append(here, {});
    loop_.run_for(30s);
    EXPECT_EQ(base_of(stored), 0);
    EXPECT_EQ(listener_.failures.size(), 1u) << "the background flush has told it";
    const answer next = append(here, {});
    loop_.run_for(30s);
    EXPECT_EQ(base_of(next), 1) << "it takes writes";
    const auto text = disk_.content("/disk/data/recovery-point-offset-checkpoint");
    const std::string line = "topic " + std::to_string(index) + " 2\n";
    EXPECT_NE(as_text(*text).find(line), std::string_view::npos) << as_text(*text);
  }
}

TEST_F(host_test, flush_that_found_no_descriptor_is_made_again_though_nothing_is_written) {
  partition& here = open();
  append(here, {});
  disk_.fail(test::simulated_disk::operation::sync, 3, EMFILE);  // that of a directory
  loop_.run_for(2min);
  EXPECT_EQ(listener_.failures.size(), 1u);
  const auto text = disk_.content("/disk/data/recovery-point-offset-checkpoint");
  EXPECT_NE(as_text(*text).find("topic 0 1\n"), std::string_view::npos) << as_text(*text);
}

TEST_F(host_test, side_files_that_found_no_descriptor_are_synced_with_the_next_flush) {
  policy_.sync_before_commit = true;
  for (int index = 0; index < 8; ++index) {
    partition& here = open(index);
    append(here, {});
    disk_.fail(test::simulated_disk::operation::open, static_cast<std::uint64_t>(index) + 1,
               EMFILE);
    loop_.run_for(30s);
    disk_.forget_failures();
    append(here, {});
    loop_.run_for(30s);
  }
  const auto before = disk_.paths();
  crash();
  for (const std::string& path : before) {
    if (path.ends_with("leader-epoch-checkpoint")) {
      const auto text = disk_.content(path);
      EXPECT_TRUE(text && as_text(*text) == "0\n1\n0 0\n") << path;
    }
  }
}

TEST_F(host_test, retention_round_removes_old_segments_and_their_files) {
  auto log_options = std::make_shared<log::log_options>();
  log_options->segment_size_bytes_max = 4096;
  policy_.log = log_options;
  policy_.retention.age_max = 10min;
  partition& here = open();
  for (int i = 0; i < 20; ++i) {
    append(here, {.value = std::string(1000, 'x'),
                  .timestamp_ms = clock_.wall_now().time_since_epoch().count()});
  }
  const auto before = files_with("topic-0/");
  loop_.run_for(6min);
  EXPECT_EQ(here.log_start(), offset{0});
  loop_.run_for(10min);
  EXPECT_EQ(here.log_start(), offset{20});
  EXPECT_LT(files_with("topic-0/"), before);
  const auto text = disk_.content("/disk/data/log-start-offset-checkpoint");
  ASSERT_TRUE(text);
  EXPECT_NE(as_text(*text).find("topic 0 20"), std::string_view::npos);
}

/// Votes as it is told, now or later.
class told_retention final : public retention_extension {
 public:
  [[nodiscard]] bool needs_disk(shard_index) const noexcept override { return true; }
  [[nodiscard]] bool needs_groups(shard_index) const noexcept override { return wants_groups; }
  void ask(retention_question question, unique_function<void(retention_votes)> answered) override {
    ++questions;
    last = std::move(question);
    if (holds_back) {
      waiting = std::move(answered);
    } else {
      answered(votes);
    }
  }
  retention_votes votes;
  bool holds_back = false;
  bool wants_groups = false;
  int questions = 0;
  retention_question last;
  unique_function<void(retention_votes)> waiting;
};

struct retention_extension_test : host_test {
  told_retention extension;
  partition* here = nullptr;

  void fill() {
    auto log_options = std::make_shared<log::log_options>();
    log_options->segment_size_bytes_max = 4096;
    policy_.log = log_options;
    policy_.retention.size_bytes_max = 0;  // what it decides in place of
    policy_.retention_extension = &extension;
    here = &open();
    for (int i = 0; i < 20; ++i) {
      append(*here, {.value = std::string(1000, 'x')});
    }
    loop_.run_for(1s);
  }
};

TEST_F(retention_extension_test, votes_of_an_extension_stand_in_place_of_the_limits) {
  fill();
  EXPECT_GT(extension.questions, 0);
  EXPECT_EQ(here->log_start(), offset{0}) << "it has voted for nothing";
  const auto& segments = extension.last.segments;
  ASSERT_GE(segments.size(), 4U);
  EXPECT_TRUE(segments.back().is_active);
  EXPECT_EQ(extension.last.topic_name, "topic");
  EXPECT_TRUE(extension.last.disk.has_value());
  // Only a prefix goes: the third segment is kept, so the fourth is too.
  const offset kept = segments[2].base_offset;
  extension.votes.assign(segments.size(), log::retention_vote::remove);
  extension.votes[2] = log::retention_vote::keep;
  loop_.run_for(6min);
  EXPECT_EQ(here->log_start(), kept);
}

TEST_F(retention_extension_test, a_late_answer_is_about_the_segments_that_were_shown) {
  extension.holds_back = true;
  fill();
  EXPECT_EQ(extension.questions, 1) << "one question at a time";
  const retention_question asked = extension.last;
  for (int i = 0; i < 20; ++i) {
    append(*here, {.value = std::string(1000, 'x')});
  }
  extension.waiting(retention_votes(asked.segments.size(), log::retention_vote::remove));
  // The segment that was active then has grown since, so nobody has judged what it is now.
  EXPECT_EQ(here->log_start(), asked.segments.back().base_offset);
  loop_.run_for(6min);
  EXPECT_EQ(extension.questions, 2);
}

TEST_F(retention_extension_test, an_answer_after_the_partition_went_goes_nowhere) {
  extension.holds_back = true;
  fill();
  host_->remove(key_of(0), [](const result<void>&) {});
  loop_.run();
  extension.waiting(retention_votes(extension.last.segments.size(), log::retention_vote::remove));
  EXPECT_EQ(host_->find(key_of(0)), nullptr);
}

/// Answers when it is told to.
class told_progress final : public progress_source {
 public:
  void ask(const std::string& topic, partition_index,
           unique_function<void(answer)> answered) override {
    asked = topic;
    waiting = std::move(answered);
  }
  std::string asked;
  unique_function<void(answer)> waiting;
};

struct group_progress_test : retention_extension_test {
  told_progress progress;

  group_progress_test() {
    stop();
    progress_ = &progress;
    start();
    extension.wants_groups = true;
    fill();
  }
};

TEST_F(group_progress_test, question_waits_for_what_groups_have_committed) {
  EXPECT_EQ(progress.asked, "topic");
  EXPECT_EQ(extension.questions, 0);
  auto tell = std::exchange(progress.waiting, nullptr);
  tell(std::vector<group_progress>{{"billing", offset{5}, {}, 1}});
  ASSERT_EQ(extension.questions, 1);
  ASSERT_TRUE(extension.last.groups);
  EXPECT_EQ(extension.last.groups->at(0).committed, offset{5});
  loop_.run_for(6min);
  EXPECT_TRUE(progress.waiting) << "the next round asks anew";
}

TEST_F(group_progress_test, unknown_groups_are_told_as_unknown) {
  auto tell = std::exchange(progress.waiting, nullptr);
  tell(std::nullopt);
  ASSERT_EQ(extension.questions, 1);
  EXPECT_FALSE(extension.last.groups);
}

TEST_F(group_progress_test, extension_taken_away_meanwhile_is_not_asked) {
  policy_.retention_extension = nullptr;
  policy_.retention.size_bytes_max.reset();
  host_->assign(key_of(0), assignment_of());
  auto tell = std::exchange(progress.waiting, nullptr);
  tell(std::vector<group_progress>{});
  EXPECT_EQ(extension.questions, 0);
  policy_.retention_extension = &extension;
  host_->assign(key_of(0), assignment_of());
  loop_.run_for(6min);
  EXPECT_TRUE(progress.waiting) << "it is asked again when it is named again";
}

TEST_F(group_progress_test, answer_after_the_partition_went_goes_nowhere) {
  host_->remove(key_of(0), [](const result<void>&) {});
  loop_.run();
  auto tell = std::exchange(progress.waiting, nullptr);
  tell(std::vector<group_progress>{});
  EXPECT_EQ(extension.questions, 0);
}

TEST_F(host_test, what_expires_soon_is_never_written_to_the_device) {
  auto log_options = std::make_shared<log::log_options>();
  log_options->segment_size_bytes_max = 4096;
  policy_.log = log_options;
  policy_.retention.size_bytes_max = 8192;
  partition& here = open();
  const auto produce = [&](int batches) {
    for (int i = 0; i < batches; ++i) {
      append(here, {.value = std::string(1000, 'x')});
      loop_.run_for(5ms);
    }
  };
  produce(200);
  EXPECT_LE(here.size_bytes(), 8192u + 2 * 4096u) << "retention looks at each sealed segment";
  EXPECT_GT(here.log_start(), offset{150});
  const auto text = disk_.content("/disk/data/log-start-offset-checkpoint");
  ASSERT_TRUE(text);
  EXPECT_NE(as_text(*text).find("topic 0 1"), std::string_view::npos) << as_text(*text);
  crash();
  start();
  partition& again = open();
  EXPECT_GE(again.log_start(), offset{150}) << "what a checkpoint had covered does not come back";
  EXPECT_TRUE(listener_.failures.empty());
}

TEST_F(host_test, retention_opens_logs_that_nobody_has_used) {
  policy_.retention.age_max = 10min;
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  loop_.run_for(16min);
  ASSERT_NE(host_->find(key_of(0)), nullptr);
  EXPECT_EQ(host_->find(key_of(0))->log_start(), offset{1});
}

TEST_F(host_test, t5_silent_producers_are_forgotten) {
  partition& here = open();
  append(here, {.producer = 8});
  loop_.run_for(23h);
  EXPECT_EQ(here.producers().size(), 1u);
  loop_.run_for(2h);
  EXPECT_EQ(here.producers().size(), 0u);
  EXPECT_EQ(base_of(append(here, {.producer = 8, .first_sequence = 77})), 1);
}

TEST_F(host_test, a_round_over_many_partitions_is_cut_into_slices) {
  for (int i = 0; i < 300; ++i) {
    append(open(i), {});
  }
  clock_.advance(1s);
  loop_.run_for(1ms);  // the round has started
  // With 64 a slice, other tasks run between the slices.
  options_ = {};
  EXPECT_EQ(host_->count().open, 300u);
  loop_.run_for(20s);
  EXPECT_TRUE(listener_.failures.empty());
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
  ASSERT_TRUE(error);
  if (*error) {
    loop_.run_for(2s);
    EXPECT_EQ(open().log_end(), offset{1});
  }
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
