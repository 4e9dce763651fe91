#include "metadata/single_voter/single_voter_quorum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "record/batch_view.hpp"
#include "tests/unit/metadata/metadata_node.hpp"

namespace tidemill::metadata {
namespace {

using test::simulated_disk;
using testing::HasSubstr;

const std::string first_log = metadata_node::directory + "/00000000000000000001.log";

/// A directory that some lives have filled; and what they left.
struct filled_disk {
  explicit filled_disk(int topics) {
    metadata_node node(disk);
    EXPECT_TRUE(node.start());
    EXPECT_TRUE(node.join(1));
    for (int i = 0; i < topics; ++i) {
      before_last = node.subject->current();
      EXPECT_FALSE(node.create("topic" + std::to_string(i), 3));
    }
    left = node.subject->current();
    node.stop();
  }
  simulated_disk disk;
  std::shared_ptr<const image> before_last;
  std::shared_ptr<const image> left;
};

const std::string mark = metadata_node::directory + "/committed";

std::uint64_t used_bytes(const simulated_disk& disk) {
  std::uint64_t sum = 0;
  for (const auto& path : disk.paths()) {
    sum += disk.content(path).value_or(byte_buffer{}).size();
  }
  return sum;
}

/// Where each batch of the log begins, and the end.
std::vector<std::size_t> batch_positions(bytes_view bytes) {
  std::vector<std::size_t> positions{0};
  record::batch_scanner batches(bytes);
  while (batches.next()) {
    positions.push_back(batches.position());
  }
  return positions;
}

TEST(single_voter, a_new_directory_leads_in_term_one) {
  simulated_disk disk;
  metadata_node node(disk);
  std::optional<term> told;
  node.subject->on_leadership([&](std::optional<term> leading) { told = leading; });
  ASSERT_TRUE(node.start());
  EXPECT_EQ(told, term{1});
  EXPECT_EQ(node.log->leading_term(), term{1});
  EXPECT_EQ(node.log->leader(), broker_id{1});
  EXPECT_EQ(node.log->voters(), std::vector{voter{broker_id{1}}});
  EXPECT_EQ(node.log->last_committed().index, log_index{1});
  EXPECT_EQ(node.log->report(), "");
  node.stop();
}

TEST(single_voter, a_restart_brings_everything_back_in_a_new_term) {
  filled_disk filled(5);
  metadata_node again(filled.disk);
  ASSERT_TRUE(again.start());
  EXPECT_TRUE(again.subject->current()->same_state(*filled.left));
  EXPECT_EQ(again.log->leading_term(), term{2});
  EXPECT_EQ(again.listener.calls, 1);
  again.stop();
}

TEST(single_voter, proposals_made_during_a_sync_share_the_next_one) {
  simulated_disk disk;
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  ASSERT_TRUE(node.join(1));
  node.pool.hold();
  int made = 0;
  const auto syncs = disk.syncs();
  for (int i = 0; i < 100; ++i) {
    new_topic asked;
    asked.name = "t" + std::to_string(i);
    node.subject->create_topics({asked}, false, [&](auto got) { made += got[0] ? 1 : 0; });
  }
  EXPECT_EQ(made, 0);
  const auto calls = node.listener.calls;
  node.work();
  EXPECT_EQ(made, 100);
  EXPECT_EQ(disk.syncs() - syncs, 2U);
  EXPECT_EQ(node.listener.calls - calls, 2);
  node.stop();
}

TEST(single_voter, every_cut_of_the_last_batch_leaves_what_came_before) {
  const filled_disk filled(4);
  const auto whole = filled.disk.content(first_log).value();
  const auto positions = batch_positions(whole);
  ASSERT_GT(positions.size(), 5U);
  const auto begin = positions[positions.size() - 2];
  for (std::size_t size = begin; size < whole.size(); ++size) {
    simulated_disk disk;
    ASSERT_TRUE(disk.create_directories(metadata_node::directory));
    disk.set_content(first_log, bytes_view(whole).first(size));
    metadata_node node(disk);
    ASSERT_TRUE(node.start()) << size;
    ASSERT_TRUE(node.subject->current()->same_state(*filled.before_last)) << size;
    EXPECT_EQ(node.log->report().find("of an unfinished write") == std::string::npos,
              size == begin);
    ASSERT_FALSE(node.create("after")) << size;
    node.stop();
    metadata_node again(disk);
    ASSERT_TRUE(again.start()) << size;
    EXPECT_NE(again.subject->current()->find_topic("after"), nullptr);
    again.stop();
  }
}

TEST(single_voter, every_cut_of_what_was_durable_stops_the_node) {
  const filled_disk filled(4);
  const auto whole = filled.disk.content(first_log).value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    simulated_disk disk;
    ASSERT_TRUE(disk.create_directories(metadata_node::directory));
    disk.set_content(first_log, bytes_view(whole).first(size));
    disk.set_content(mark, filled.disk.content(mark).value());
    metadata_node node(disk);
    const auto started = node.start();
    ASSERT_FALSE(started) << size;
    EXPECT_EQ(started.error(), errc::log_corrupt) << size;
    EXPECT_THAT(node.log->report(), HasSubstr(first_log));
    EXPECT_THAT(node.log->report(), HasSubstr("remove " + mark));
    EXPECT_EQ(disk.content(first_log)->size(), size) << "a damaged log must be left as it is";
  }
}

TEST(single_voter, a_log_that_lost_its_end_is_used_once_the_mark_is_removed) {
  const filled_disk filled(4);
  const auto whole = filled.disk.content(first_log).value();
  const auto positions = batch_positions(whole);
  simulated_disk disk;
  ASSERT_TRUE(disk.create_directories(metadata_node::directory));
  disk.set_content(first_log, bytes_view(whole).first(positions[positions.size() - 2]));
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  EXPECT_TRUE(node.subject->current()->same_state(*filled.before_last));
  EXPECT_THAT(node.log->report(), HasSubstr("nobody can tell"));
  node.stop();
  metadata_node again(disk);
  ASSERT_TRUE(again.start());
  EXPECT_EQ(again.log->report(), "") << "the mark has been made again";
  again.stop();
}

TEST(single_voter, an_older_mark_or_a_torn_one_lets_the_log_be_used) {
  const filled_disk filled(4);
  const auto newest = filled.disk.content(mark).value();
  for (std::size_t at = 0; at < newest.size(); ++at) {
    auto torn = newest;
    torn[at] = ~torn[at];
    simulated_disk disk;
    ASSERT_TRUE(disk.create_directories(metadata_node::directory));
    disk.set_content(first_log, filled.disk.content(first_log).value());
    disk.set_content(mark, torn);
    metadata_node node(disk);
    ASSERT_TRUE(node.start()) << at;
    EXPECT_TRUE(node.subject->current()->same_state(*filled.left)) << at;
    EXPECT_EQ(node.log->report(), "") << at;
    node.stop();
  }
}

TEST(single_voter, another_log_in_the_place_of_the_one_that_was_durable_stops_the_node) {
  const filled_disk filled(4);
  simulated_disk disk;
  {
    metadata_node other(disk, 7);
    ASSERT_TRUE(other.start());
    ASSERT_TRUE(other.join(1));
    for (int i = 0; i < 9; ++i) {
      ASSERT_FALSE(other.create("other" + std::to_string(i)));
    }
    other.stop();
  }
  disk.set_content(mark, filled.disk.content(mark).value());
  metadata_node node(disk);
  EXPECT_EQ(node.start().error(), errc::log_corrupt);
  EXPECT_THAT(node.log->report(), HasSubstr("the log is another one"));
}

TEST(single_voter, a_mark_without_a_log_stops_the_node) {
  const filled_disk filled(4);
  simulated_disk disk;
  ASSERT_TRUE(disk.create_directories(metadata_node::directory));
  disk.set_content(mark, filled.disk.content(mark).value());
  metadata_node node(disk);
  EXPECT_EQ(node.start().error(), errc::log_corrupt);
  EXPECT_THAT(node.log->report(), HasSubstr("the log file is missing"));
  EXPECT_FALSE(disk.exists(first_log));
}

TEST(single_voter, every_hole_in_the_last_batch_leaves_what_came_before) {
  const filled_disk filled(4);
  const auto whole = filled.disk.content(first_log).value();
  const auto positions = batch_positions(whole);
  for (std::size_t at = positions[positions.size() - 2]; at < whole.size(); ++at) {
    auto torn = whole;
    torn[at] = ~torn[at];
    simulated_disk disk;
    ASSERT_TRUE(disk.create_directories(metadata_node::directory));
    disk.set_content(first_log, torn);
    metadata_node node(disk);
    const auto started = node.start();
    ASSERT_TRUE(started) << at << ' ' << node.log->report();
    // Only the leader epoch, the term, lies outside the checksum.
    const bool kept = node.subject->current()->same_state(*filled.left);
    const auto inside = at - positions[positions.size() - 2];
    EXPECT_EQ(kept, inside >= record::leader_epoch_position && inside < record::magic_position);
    node.stop();
  }
}

TEST(single_voter, damage_before_the_last_batch_stops_the_node) {
  const filled_disk filled(4);
  const auto whole = filled.disk.content(first_log).value();
  const auto positions = batch_positions(whole);
  const auto last = positions[positions.size() - 2];
  for (std::size_t at = 0; at < last; ++at) {
    const auto batch = *std::prev(std::ranges::upper_bound(positions, at));
    const auto inside = at - batch;
    if (inside >= record::leader_epoch_position && inside < record::magic_position) {
      continue;  // outside the checksum
    }
    auto damaged = whole;
    damaged[at] = ~damaged[at];
    simulated_disk disk;
    ASSERT_TRUE(disk.create_directories(metadata_node::directory));
    disk.set_content(first_log, damaged);
    metadata_node node(disk);
    const auto started = node.start();
    ASSERT_FALSE(started) << at;
    EXPECT_EQ(started.error(), errc::log_corrupt) << at;
    EXPECT_THAT(node.log->report(), HasSubstr(first_log));
    EXPECT_EQ(disk.content(first_log), damaged) << "a damaged log must be left as it is";
  }
}

TEST(single_voter, a_large_log_is_replaced_by_a_snapshot) {
  simulated_disk disk;
  std::shared_ptr<const image> left;
  {
    metadata_node node(disk, 1, 4096);
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.join(1));
    for (int i = 0; i < 200; ++i) {
      ASSERT_FALSE(node.create("topic" + std::to_string(i), 2));
    }
    left = node.subject->current();
    node.stop();
  }
  std::size_t logs = 0;
  std::size_t snapshots = 0;
  for (const auto& path : disk.paths()) {
    logs += path.ends_with(".log") ? 1 : 0;
    snapshots += path.ends_with(".checkpoint") ? 1 : 0;
    if (path.ends_with(".log")) {
      EXPECT_LT(disk.content(path)->size(), 3 * 4096U);
    }
  }
  EXPECT_EQ(logs, 1U);
  EXPECT_EQ(snapshots, 1U);
  metadata_node again(disk, 2, 4096);
  ASSERT_TRUE(again.start());
  EXPECT_TRUE(again.subject->current()->same_state(*left));
  EXPECT_EQ(again.log->leading_term(), term{2});
  again.stop();
}

TEST(single_voter, a_damaged_snapshot_stops_the_node) {
  simulated_disk disk;
  {
    metadata_node node(disk, 1, 1024);
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.join(1));
    for (int i = 0; i < 30; ++i) {
      ASSERT_FALSE(node.create("topic" + std::to_string(i)));
    }
    node.stop();
  }
  const auto paths = disk.paths();
  const auto found = std::ranges::find_if(
      paths, [](const std::string& path) { return path.ends_with(".checkpoint"); });
  ASSERT_NE(found, paths.end());
  const auto whole = disk.content(*found).value();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    if (at >= record::leader_epoch_position && at < record::magic_position) {
      continue;
    }
    auto damaged = whole;
    damaged[at] = ~damaged[at];
    disk.set_content(*found, damaged);
    metadata_node node(disk);
    EXPECT_EQ(node.start().error(), errc::snapshot_corrupt) << at;
    EXPECT_THAT(node.log->report(), HasSubstr(*found));
    disk.set_content(*found, bytes_view(whole).first(at));
    metadata_node cut(disk);
    EXPECT_EQ(cut.start().error(), errc::snapshot_corrupt) << at;
  }
}

TEST(single_voter, a_missing_log_file_stops_the_node) {
  simulated_disk disk;
  ASSERT_TRUE(disk.create_directories(metadata_node::directory));
  disk.set_content(metadata_node::directory + "/00000000000000000005.log", {});
  metadata_node node(disk);
  EXPECT_EQ(node.start().error(), errc::log_corrupt);
}

TEST(single_voter, a_full_disk_refuses_and_goes_on_when_there_is_space) {
  simulated_disk disk;
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  ASSERT_TRUE(node.join(1));
  ASSERT_FALSE(node.create("before"));
  const auto size = disk.content(first_log)->size();
  disk.set_capacity(used_bytes(disk) + 10);
  EXPECT_EQ(node.create("refused"), errc::storage_full);
  EXPECT_EQ(disk.content(first_log)->size(), size);
  EXPECT_TRUE(node.subject->is_leading());
  disk.set_capacity(1U << 20U);
  EXPECT_FALSE(node.create("refused"));
  const auto left = node.subject->current();
  node.stop();
  metadata_node again(disk);
  ASSERT_TRUE(again.start());
  EXPECT_TRUE(again.subject->current()->same_state(*left));
  again.stop();
}

TEST(single_voter, a_full_disk_fails_what_waits_behind_as_well) {
  simulated_disk disk;
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  ASSERT_TRUE(node.join(1));
  disk.set_capacity(used_bytes(disk) + 10);
  node.pool.hold();
  std::vector<error_code> errors;
  new_topic asked;
  asked.name = "t";
  node.subject->create_topics({asked}, false, [&](auto got) {
    errors.push_back(got[0].error().error);
    disk.set_capacity(1U << 20U);
  });
  node.subject->delete_topics({{"t", {}}},
                              [&](auto got) { errors.push_back(got[0].error().error); });
  node.work();
  EXPECT_EQ(errors, (std::vector<error_code>{errc::storage_full, errc::storage_full}));
  node.pool.release();
  EXPECT_FALSE(node.create("t"));
  node.stop();
}

TEST(single_voter, a_failed_sync_ends_the_leadership_for_good) {
  simulated_disk disk;
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  ASSERT_TRUE(node.join(1));
  disk.fail(simulated_disk::operation::sync, 1, EIO);
  EXPECT_EQ(node.create("t"), errc::outcome_unknown);
  EXPECT_FALSE(node.subject->is_leading());
  EXPECT_EQ(node.create("u"), errc::not_leader);
  EXPECT_THAT(node.log->report(), HasSubstr(metadata_node::directory));
  node.stop();
}

TEST(single_voter, a_failed_snapshot_leaves_the_log_in_use) {
  simulated_disk disk;
  std::shared_ptr<const image> left;
  {
    metadata_node node(disk, 1, 2048);
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.join(1));
    disk.fail(simulated_disk::operation::rename, 1, EIO);
    for (int i = 0; i < 60; ++i) {
      ASSERT_FALSE(node.create("topic" + std::to_string(i)));
    }
    left = node.subject->current();
    node.stop();
  }
  metadata_node again(disk);
  ASSERT_TRUE(again.start()) << again.log->report();
  EXPECT_TRUE(again.subject->current()->same_state(*left));
  again.stop();
}

TEST(single_voter, stop_answers_what_is_in_work_and_refuses_the_rest) {
  simulated_disk disk;
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  ASSERT_TRUE(node.join(1));
  node.pool.hold();
  std::vector<std::string> order;
  for (const std::string name : {"written", "queued"}) {
    new_topic asked;
    asked.name = name;
    node.subject->create_topics({asked}, false, [&order, name](auto got) {
      order.push_back(name + (got[0] ? " made" : " refused"));
    });
  }
  node.subject->stop([&] { order.emplace_back("stopped"); });
  node.work();
  EXPECT_EQ(order, (std::vector<std::string>{"queued refused", "written made", "stopped"}));
}

TEST(single_voter, a_stop_during_the_start_is_in_order) {
  simulated_disk disk;
  metadata_node node(disk);
  node.pool.hold();
  error_code started;
  bool stopped = false;
  node.subject->start(node.listener, [&](result<void> outcome) { started = outcome.error(); });
  node.subject->stop([&] { stopped = true; });
  EXPECT_FALSE(stopped);
  node.work();
  EXPECT_EQ(started, errc::stopping);
  EXPECT_TRUE(stopped);
}

TEST(single_voter, a_proposal_over_the_bound_is_refused) {
  simulated_disk disk;
  metadata_node node(disk);
  ASSERT_TRUE(node.start());
  error_code error;
  std::vector<byte_buffer> records;
  records.emplace_back(quorum::proposal_size_bytes_max + 1);
  node.log->propose(std::move(records),
                    [&](result<committed_position> outcome) { error = outcome.error(); });
  EXPECT_EQ(error, errc::proposal_too_large);
  node.stop();
}

}  // namespace
}  // namespace tidemill::metadata
