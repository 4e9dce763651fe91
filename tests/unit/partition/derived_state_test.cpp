#include "partition/derived_state.hpp"

#include <cerrno>
#include <functional>

#include "log/log.hpp"
#include "log/open_logs.hpp"
#include "record/control_batch.hpp"
#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

/// A log with what is derived from it, without a host: markers are written as a coordinator would.
class derived_state_test : public testing::Test {
 protected:
  derived_state_test() {
    static_cast<void>(disk_.create_directories("/disk"));
    disk_.settle();
    auto options = std::make_shared<log::log_options>();
    options->segment_size_bytes_max = 2000;
    options_ = options;
    open(std::nullopt, false);
  }

  void open(std::optional<log::log_state> clean, bool exists) {
    derived_ = std::make_unique<derived_state>(
        derived_state::surroundings{disk_, clock_, "/disk/topic-0"});
    log::open_request request;
    request.directory = "/disk/topic-0";
    request.options = options_;
    request.observer = derived_.get();
    request.exists = exists;
    if (clean) {
      const auto loaded = derived_->load(*clean);
      ASSERT_EQ(loaded.value(), expected_);
      if (*loaded == derived_state::loaded::incomplete) {
        request.log_start = clean->log_start;
        request.recovery_point = clean->log_end;
        clean.reset();
      }
    }
    request.clean = std::move(clean);
    log::recovery_report report;
    log_ = log::log::open({disk_, clock_, open_logs_}, std::move(request), report).value();
  }
  void reopen_cleanly() {
    ASSERT_TRUE(derived_->save(log_->log_end()));
    auto state = log_->close().value();
    state.aborted_transactions = derived_->count_aborted(state.log_start);
    log_.reset();
    damage();
    open(std::move(state), true);
  }
  void reopen_after_crash() {
    ASSERT_TRUE(log_->begin_flush(false).value().run());
    log_->abandon();
    log_.reset();
    open(std::nullopt, true);
  }

  void write(byte_buffer batch) {
    const mutable_bytes bytes(batch);
    derived_->begin_epoch(leader_epoch{1}, log_->log_end());
    ASSERT_TRUE(log_->append({&bytes, 1}, leader_epoch{1}));
    ASSERT_TRUE(derived_->appended(record::batch_view(batch), log_->segments().back().base_offset));
  }
  void data(int producer, std::int32_t first_sequence) {
    write(make_batch({.producer = producer,
                      .first_sequence = first_sequence,
                      .transactional = true,
                      .value = std::string(500, 'x')}));
  }
  void end(int producer, bool abort) {
    using outcome = record::end_transaction_marker::outcome;
    write(record::build_end_transaction_batch(
        {producer_id{producer}, producer_epoch{0}, abort ? outcome::abort : outcome::commit, 0},
        offset{0}, 1000));
  }
  /// Producer 1 aborts over several segments, 2 commits inside, 3 aborts, 4 stays open.
  void write_story() {
    data(1, 0);  // 0
    data(2, 0);
    data(1, 1);
    end(2, false);  // 3
    data(3, 0);
    for (int i = 2; i < 8; ++i) {
      data(1, i);  // 5..10
    }
    end(3, true);  // 11
    end(1, true);  // 12
    data(4, 0);    // 13
    ASSERT_GT(log_->segment_count(), 2u);
  }
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> aborted(int begin,
                                                                           int end) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    for (const auto& each : derived_->aborted_in(offset{begin}, offset{end})) {
      found.emplace_back(each.producer.value(), each.first_offset.value());
    }
    return found;
  }
  void expect_story() {
    using expected = std::vector<std::pair<std::int64_t, std::int64_t>>;
    EXPECT_EQ(aborted(0, 13), (expected{{1, 0}, {3, 4}}));
    EXPECT_EQ(aborted(0, 2), (expected{{1, 0}}));
    EXPECT_EQ(aborted(12, 14), (expected{{1, 0}}));
    EXPECT_EQ(aborted(13, 14), (expected{}));
    derived_->producers().advance_high_watermark(log_->log_end());
    EXPECT_EQ(derived_->producers().first_unstable_offset(), offset{13});
    EXPECT_EQ(derived_->epochs().latest(), leader_epoch{1});
  }

  derived_state::loaded expected_ = derived_state::loaded::whole;
  /// What befalls the files of a log that was closed.
  std::function<void()> damage = [] {};
  test::manual_clock clock_;
  test::simulated_disk disk_;
  log::open_logs open_logs_{16};
  std::shared_ptr<const log::log_options> options_;
  std::unique_ptr<derived_state> derived_;
  std::unique_ptr<log::log> log_;
};

TEST_F(derived_state_test, t13_aborted_transactions_span_segments) {
  write_story();
  expect_story();
}

TEST_F(derived_state_test, t13_survives_a_clean_restart) {
  write_story();
  reopen_cleanly();
  expect_story();
}

TEST_F(derived_state_test, t13_is_rebuilt_after_a_crash) {
  write_story();
  reopen_after_crash();
  expect_story();
  data(1, 8);
  end(1, true);
  EXPECT_EQ(aborted(14, 20).size(), 1u);
}

TEST_F(derived_state_test, t13_is_rebuilt_when_every_side_file_is_damaged) {
  write_story();
  for (const std::string& path : disk_.paths()) {
    if (path.ends_with(".txnindex") || path.ends_with(".snapshot")) {
      disk_.set_content(path, as_bytes("damaged"));
    }
  }
  reopen_after_crash();
  expect_story();
}

TEST_F(derived_state_test, t13_damaged_transaction_index_is_rebuilt_at_a_clean_start) {
  write_story();
  expected_ = derived_state::loaded::incomplete;
  damage = [this] {
    for (const std::string& path : disk_.paths()) {
      if (path.ends_with(".txnindex")) {
        disk_.flip_bit(path, 1, 3);
      }
    }
  };
  reopen_cleanly();
  expect_story();
  expected_ = derived_state::loaded::whole;
  damage = [] {};
  reopen_cleanly();
  expect_story();
}

TEST_F(derived_state_test, t13_missing_transaction_index_is_rebuilt_at_a_clean_start) {
  write_story();
  expected_ = derived_state::loaded::incomplete;
  damage = [this] {
    for (const std::string& path : disk_.paths()) {
      if (path.ends_with(".txnindex")) {
        ASSERT_TRUE(disk_.remove(path));
      }
    }
  };
  reopen_cleanly();
  expect_story();
}

TEST_F(derived_state_test, start_that_ends_early_leaves_the_damage_to_be_seen_again) {
  write_story();
  ASSERT_TRUE(derived_->save(log_->log_end()));
  auto state = log_->close().value();
  std::vector<std::string> damaged;
  for (const std::string& path : disk_.paths()) {
    if (path.ends_with(".txnindex")) {
      disk_.flip_bit(path, 1, 3);
      damaged.push_back(path);
    }
  }
  ASSERT_FALSE(damaged.empty());
  const derived_state::surroundings where{disk_, clock_, "/disk/topic-0"};
  EXPECT_EQ(derived_state(where).load(state).value(), derived_state::loaded::incomplete);
  ASSERT_TRUE(derived_state(where).begin_recovery({offset{0}, state.log_end}));
  for (const std::string& path : damaged) {
    EXPECT_TRUE(disk_.exists(path)) << path;
  }
}

TEST_F(derived_state_test, lack_of_descriptors_is_no_damage) {
  write_story();
  ASSERT_TRUE(derived_->save(log_->log_end()));
  auto state = log_->close().value();
  const auto before = disk_.paths();
  const derived_state::surroundings where{disk_, clock_, "/disk/topic-0"};
  std::size_t failed = 0;
  for (std::uint64_t nth = 1; nth < 20; ++nth) {
    disk_.fail(test::simulated_disk::operation::open, nth, EMFILE);
    const auto loaded = derived_state(where).load(state);
    disk_.forget_failures();
    failed += loaded ? 0U : 1U;
    EXPECT_TRUE(!loaded || *loaded == derived_state::loaded::whole);
  }
  EXPECT_GE(failed, 3u);
  EXPECT_EQ(disk_.paths(), before);
}

TEST_F(derived_state_test, few_snapshots_are_kept) {
  for (int i = 0; i < 40; ++i) {
    data(1, i);
  }
  std::size_t snapshots = 0;
  for (const std::string& path : disk_.paths()) {
    snapshots += path.ends_with(".snapshot") ? 1U : 0U;
  }
  EXPECT_LE(snapshots, derived_state::snapshots_kept + 1);
  EXPECT_GE(snapshots, 2u);
}

TEST_F(derived_state_test, compaction_keeps_what_is_still_needed_in_the_segment_that_stays) {
  write_story();
  const log::aborted_transaction still{producer_id{3}, offset{4}, offset{11}, offset{0}};
  derived_->compacted(offset{0}, log_->segments().back().base_offset + offset_delta{1}, {still});
  EXPECT_EQ(aborted(0, 13), (std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 4}}));
  std::vector<std::string> indexes;
  for (const std::string& path : disk_.paths()) {
    if (path.ends_with(".txnindex")) {
      indexes.push_back(path);
    }
  }
  EXPECT_EQ(indexes, (std::vector<std::string>{"/disk/topic-0/00000000000000000000.txnindex"}));
  EXPECT_EQ(disk_.content(indexes[0])->size(), log::transaction_index_entry_size);
}

TEST_F(derived_state_test, truncation_forgets_what_came_after) {
  write_story();
  static_cast<void>(log_->truncate_to(offset{12}).value());
  EXPECT_EQ(aborted(0, 13).size(), 1u);
  EXPECT_EQ(aborted(0, 13).front().first, 3);
}

}  // namespace
}  // namespace tidemill::partition
