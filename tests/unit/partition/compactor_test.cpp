#include "partition/compactor.hpp"

#include <gtest/gtest.h>

#include "log/file_names.hpp"
#include "tests/support/compacted_log.hpp"
#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

class compaction : public shard_fixture {
 protected:
  compaction() {
    stop();
    auto log_options = std::make_shared<log::log_options>();
    log_options->segment_size_bytes_max = 2000;
    log_options->offsets_may_have_gaps = true;
    policy_.log = std::move(log_options);
    policy_.compacts = true;
    policy_.delete_expired = false;
    start();
  }

  static append_outcome put(partition& to, const std::string& key, const std::string& value,
                            int producer = -1, std::int32_t first_sequence = 0) {
    std::optional<record::batch_producer> by;
    if (producer >= 0) {
      by = record::batch_producer{producer_id{producer}, producer_epoch{0},
                                  sequence{first_sequence}};
    }
    byte_buffer batch = test::make_keyed_batch({{key, value, 1'700'000'000'000}}, by);
    std::optional<append_outcome> answered;
    to.append_now(batch, {},
                  [&answered](append_outcome outcome) { answered = std::move(outcome); });
    EXPECT_TRUE(answered);
    return std::move(*answered);
  }
  /// Lets the flush, then the look for something to compact, come about.
  void let_compact() {
    for (int turn = 0; turn < 20; ++turn) {
      loop_.run_for(std::chrono::seconds(5));
    }
  }
  static test::seen_records records(partition& of) {
    test::seen_records all;
    offset at = of.log_start();
    while (at < of.log_end()) {
      read_request request;
      request.from = at;
      const auto read = of.read(request).value();
      const byte_buffer bytes = test::simulated_log::bytes_of(read.slice);
      record::batch_scanner scanner(bytes);
      while (const auto batch = scanner.next()) {
        test::add_records(*batch, all);
      }
      if (read.slice.end <= at) {
        break;
      }
      at = read.slice.end;
    }
    return all;
  }
};

TEST_F(compaction, dirty_log_is_compacted_and_stays_so_after_a_restart) {
  {
    partition& here = open();
    for (int index = 0; index < 200; ++index) {
      ASSERT_TRUE(put(here, "key-" + std::to_string(index % 7), std::to_string(index)));
    }
    const auto before = test::replay(records(here));
    let_compact();
    EXPECT_LT(records(here).size(), 40U);
    EXPECT_EQ(test::replay(records(here)), before);
    EXPECT_EQ(here.log_end(), offset{200});
    const auto figures = host_->count();
    EXPECT_GE(figures.compaction_passes, 1U);
    EXPECT_GT(figures.compaction_freed_bytes, 0U);
    EXPECT_EQ(figures.compaction_left_bytes, 0U);
    EXPECT_EQ(figures.compaction_stopped, 0U);
    EXPECT_TRUE(disk_.exists("/disk/data/cleaner-offset-checkpoint"));
  }
  stop();
  start();
  policy_.compacts = false;  // what has gaps keeps them
  auto strict = std::make_shared<log::log_options>(*policy_.log);
  strict->offsets_may_have_gaps = false;
  policy_.log = strict;
  EXPECT_LT(records(open()).size(), 40U);
  crash();
  start();
  EXPECT_LT(records(open()).size(), 40U);
  EXPECT_TRUE(listener_.failures.empty());
}

TEST_F(compaction, topic_that_is_not_compacted_is_left_alone) {
  policy_.compacts = false;
  partition& here = open();
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(put(here, "a", std::to_string(index)));
  }
  let_compact();
  EXPECT_EQ(records(here).size(), 100U);
}

TEST_F(compaction, duplicate_of_a_producer_is_still_known_after_compaction_and_restart) {
  {
    partition& here = open();
    for (int index = 0; index < 10; ++index) {
      ASSERT_TRUE(put(here, "a", std::to_string(index), 5, index));
    }
    for (int index = 0; index < 100; ++index) {
      ASSERT_TRUE(put(here, "a", std::to_string(index)));
    }
    let_compact();
    const auto again = put(here, "a", "9", 5, 9);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->base_offset, offset{9});
  }
  crash();
  for (const std::string& path : disk_.paths()) {
    if (path.ends_with(log::producer_snapshot_suffix)) {
      static_cast<void>(disk_.remove(path));  // then only the log tells
    }
  }
  start();
  const auto again = put(open(), "a", "9", 5, 9);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->base_offset, offset{9});
}

TEST_F(compaction, record_without_a_key_is_refused) {
  byte_buffer batch = make_batch({.count = 2});
  std::optional<append_outcome> answered;
  open().append_now(batch, {}, [&](append_outcome outcome) { answered = std::move(outcome); });
  ASSERT_TRUE(answered && !*answered);
  EXPECT_EQ(answered->error().error, record::errc::record_without_key);
  EXPECT_EQ(answered->error().invalid_records.size(), 2U);
}

TEST_F(compaction, what_cannot_be_compacted_is_told_once_and_the_others_go_on) {
  partition& bad = open(0);
  partition& good = open(1);
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(put(good, "a", std::to_string(index)));
    ASSERT_TRUE(put(bad, "a", std::to_string(index)));
    if (index == 50) {
      // Nobody could look into it when it came, for its codec is not loaded.
      byte_buffer batch = test::make_keyed_batch({{"a", "x", 1'700'000'000'000}});
      batch[record::attributes_position + 1] = std::byte{1};
      const byte_buffer gzip_magic{std::byte{0x1f}, std::byte{0x8b}, std::byte{8}};
      std::copy(gzip_magic.begin(), gzip_magic.end(), batch.begin() + record::batch_header_size);
      record::assign_crc(batch);
      std::optional<append_outcome> answered;
      bad.append_now(batch, {}, [&](append_outcome outcome) { answered = std::move(outcome); });
      ASSERT_TRUE(answered && *answered) << answered->error().error.message();
    }
  }
  let_compact();
  EXPECT_LT(records(good).size(), 30U);
  EXPECT_EQ(bad.log_end(), offset{101});
  ASSERT_EQ(listener_.failures.size(), 1U);
  EXPECT_NE(listener_.failures[0].find("topic-0: is not compacted any more: "), std::string::npos)
      << listener_.failures[0];
  EXPECT_EQ(host_->count().compaction_stopped, 1U);
}

TEST_F(compaction, is_paced) {
  stop();
  options_.compaction_bytes_per_second = 2000;
  start();
  partition& here = open();
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(put(here, "a", std::to_string(index)));
  }
  const std::uint64_t size = here.size_bytes();
  loop_.run_for(std::chrono::seconds(1));
  loop_.run_for(std::chrono::seconds(14));
  EXPECT_EQ(host_->count().compaction_passes, 0U);
  EXPECT_GT(host_->count().compaction_left_bytes, 0U);
  for (std::uint64_t second = 0; second < size / 2000 + 5; ++second) {
    loop_.run_for(std::chrono::seconds(1));
  }
  EXPECT_EQ(host_->count().compaction_passes, 1U);
}

TEST_F(compaction, segments_replaced_under_the_scrub_are_no_damage) {
  stop();
  options_.scrub_bytes_per_second = 1000;
  options_.scrub_interval = std::chrono::seconds(10);
  options_.scrub_delay_max = std::chrono::seconds(1);
  start();
  partition& here = open();
  for (int round = 0; round < 20; ++round) {
    for (int index = 0; index < 40; ++index) {
      ASSERT_TRUE(put(here, "key-" + std::to_string(index % 9), std::to_string(index)));
    }
    for (int second = 0; second < 20; ++second) {
      loop_.run_for(std::chrono::seconds(1));
    }
  }
  EXPECT_GT(host_->count().compaction_passes, 5U);
  EXPECT_GT(host_->count().scrubbed_bytes, 10'000U);
  EXPECT_TRUE(listener_.failures.empty());
  EXPECT_TRUE(here.is_open());
}

}  // namespace
}  // namespace tidemill::partition
