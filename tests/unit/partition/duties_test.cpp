// What a host does by itself: flushes, retention, checkpoints.
#include "partition/duties.hpp"

#include "partition/retention_extension.hpp"
#include "tests/unit/partition/host_fixture.hpp"

namespace tidemill::partition {
namespace {

using namespace std::chrono_literals;

class duties_test : public host_fixture {};

TEST_F(duties_test, background_flush_moves_the_recovery_point) {
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

TEST_F(duties_test, flushes_of_many_partitions_keep_few_files_open) {
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
TEST_F(duties_test, flush_that_finds_no_descriptor_is_made_again) {
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

TEST_F(duties_test, flush_that_found_no_descriptor_is_made_again_though_nothing_is_written) {
  partition& here = open();
  append(here, {});
  disk_.fail(test::simulated_disk::operation::sync, 3, EMFILE);  // that of a directory
  loop_.run_for(2min);
  EXPECT_EQ(listener_.failures.size(), 1u);
  const auto text = disk_.content("/disk/data/recovery-point-offset-checkpoint");
  EXPECT_NE(as_text(*text).find("topic 0 1\n"), std::string_view::npos) << as_text(*text);
}

TEST_F(duties_test, side_files_that_found_no_descriptor_are_synced_with_the_next_flush) {
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

TEST_F(duties_test, retention_round_removes_old_segments_and_their_files) {
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

struct retention_extension_test : duties_test {
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

TEST_F(duties_test, what_expires_soon_is_never_written_to_the_device) {
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

TEST_F(duties_test, retention_opens_logs_that_nobody_has_used) {
  policy_.retention.age_max = 10min;
  append(open(), {});
  stop();
  start();
  host_->assign(key_of(0), assignment_of());
  loop_.run_for(16min);
  ASSERT_NE(host_->find(key_of(0)), nullptr);
  EXPECT_EQ(host_->find(key_of(0))->log_start(), offset{1});
}

TEST_F(duties_test, t5_silent_producers_are_forgotten) {
  partition& here = open();
  append(here, {.producer = 8});
  loop_.run_for(23h);
  EXPECT_EQ(here.producers().size(), 1u);
  loop_.run_for(2h);
  EXPECT_EQ(here.producers().size(), 0u);
  EXPECT_EQ(base_of(append(here, {.producer = 8, .first_sequence = 77})), 1);
}

TEST_F(duties_test, a_round_over_many_partitions_is_cut_into_slices) {
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

}  // namespace
}  // namespace tidemill::partition
