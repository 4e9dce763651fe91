// Segments and whole logs that go.
#include "tests/unit/partition/host_fixture.hpp"

namespace tidemill::partition {
namespace {

using namespace std::chrono_literals;

class removal_test : public host_fixture {};

TEST_F(removal_test, removal_fails_waiters_and_frees_the_directory) {
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

TEST_F(removal_test, removal_while_opening_answers_everybody) {
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

TEST_F(removal_test, r18_recreated_topic_starts_empty_after_the_old_directory_is_gone) {
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
TEST_F(removal_test, r18_removal_of_old_segments_never_meets_the_files_of_a_recreated_topic) {
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

TEST_F(removal_test, r18_second_removal_of_a_name_leaves_the_first_one_to_its_end) {
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

TEST_F(removal_test, r18_removal_waits_for_what_the_pool_does_in_the_directory) {
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
TEST_F(removal_test, r18_recreated_topic_is_not_measured_by_the_checkpoints_of_the_first) {
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

TEST_F(removal_test, r18_stop_does_not_wait_for_checkpoints_that_cannot_be_written) {
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
class removal_that_fails : public removal_test,
                           public testing::WithParamInterface<failing_removal> {};

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
    removal, removal_that_fails,
    testing::Values(failing_removal{test::simulated_disk::operation::sync, 1, EMFILE, true},
                    failing_removal{test::simulated_disk::operation::sync, 1, EIO, false},
                    failing_removal{test::simulated_disk::operation::rename, 2, ENOSPC, true},
                    failing_removal{test::simulated_disk::operation::rename, 2, EIO, false},
                    failing_removal{test::simulated_disk::operation::open, 1, EMFILE, true}));

TEST_F(removal_test, removals_of_other_logs_go_on_beside_one_that_fails) {
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

}  // namespace
}  // namespace tidemill::partition
