#include "log/compaction/compaction_job.hpp"

#include <gtest/gtest.h>

#include "record/control_batch.hpp"
#include "tests/support/compacted_log.hpp"
#include "tests/unit/record/test_codecs.hpp"

namespace tidemill::log {
namespace {

using record::compression_type;
using test::make_keyed_batch;
using test::pass_options;
using test::seen_record;
using test::simulated_log;

constexpr std::int64_t time_ms = 1'700'000'000'000;

/// A log whose segments are rolled by hand.
struct compacted : simulated_log {
  compacted() { here = open(std::nullopt, false).value(); }

  void append(const std::vector<seen_record>& records,
              std::optional<record::batch_producer> producer = std::nullopt) {
    ASSERT_TRUE(simulated_log::append(*here, make_keyed_batch(records, producer)));
  }
  void roll() {
    ASSERT_TRUE(here->roll());
    ASSERT_TRUE(flush(*here));
  }
  std::vector<std::int64_t> offsets() {
    std::vector<std::int64_t> all;
    for (const auto& [at, one] : test::read_records(*here)) {
      all.push_back(at.value());
    }
    return all;
  }

  std::unique_ptr<tidemill::log::log> here;
};

std::string key(int number) {
  return "key-" + std::to_string(number);
}

TEST(compaction_job, keeps_the_last_value_of_each_key_at_its_offset) {
  compacted on;
  on.append({{"a", "1", time_ms}, {"b", "1", time_ms + 1}, {"a", "2", time_ms + 2}});
  on.append({{"c", "1", time_ms + 3}, {"b", "2", time_ms + 4}});
  on.roll();
  const auto before = test::replay(test::read_records(*on.here));
  EXPECT_EQ(test::compact(on, *on.here).value(), offset{5});
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_EQ(test::replay(test::read_records(*on.here)), before);
  EXPECT_EQ(test::read_records(*on.here)[offset{2}].timestamp_ms, time_ms + 2);
  EXPECT_EQ(on.here->log_end(), offset{5});
}

TEST(compaction_job, leaves_the_active_segment_and_what_is_not_durable) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  on.roll();
  on.append({{"a", "2", time_ms}});
  ASSERT_TRUE(on.here->roll());
  on.append({{"a", "3", time_ms}});
  EXPECT_EQ(test::compact(on, *on.here).value(), offset{1});
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(compaction_job, batches_keep_their_span_and_empty_ones_go) {
  compacted on;
  on.append({{"a", "1", time_ms}, {"b", "1", time_ms}, {"a", "2", time_ms}});
  on.append({{"c", "1", time_ms}});
  on.append({{"a", "3", time_ms}, {"c", "2", time_ms}});
  on.roll();
  ASSERT_TRUE(test::compact(on, *on.here));
  const auto batches = test::read_batches(*on.here);
  ASSERT_EQ(batches.size(), 2U);
  const record::batch_view first(batches[0]);
  EXPECT_EQ(first.base_offset(), offset{0});
  EXPECT_EQ(first.last_offset(), offset{2});
  EXPECT_EQ(first.record_count(), 1);
  EXPECT_EQ(first.crc(), first.computed_crc());
  EXPECT_EQ(record::batch_view(batches[1]).base_offset(), offset{4});
}

TEST(compaction_job, last_batch_of_a_segment_stays_empty_so_that_the_next_one_follows) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  on.append({{"b", "1", time_ms}});
  on.roll();
  on.append({{"a", "2", time_ms}, {"b", "2", time_ms}});
  on.options.segment_size_bytes_max = 1;  // no two segments fit together
  on.here->reconfigure(std::make_shared<log_options>(on.options));
  on.roll();
  ASSERT_TRUE(test::compact(on, *on.here));
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{2, 3}));
  ASSERT_EQ(on.here->segment_count(), 3U);
  const auto batches = test::read_batches(*on.here);
  ASSERT_EQ(batches.size(), 2U);
  const record::batch_view kept(batches[0]);
  EXPECT_EQ(kept.base_offset(), offset{1});
  EXPECT_EQ(kept.record_count(), 0);
  EXPECT_EQ(kept.size(), record::batch_header_size);
}

TEST(compaction_job, small_segments_become_one) {
  compacted on;
  for (int index = 0; index < 10; ++index) {
    on.append({{key(index), "1", time_ms}});
    on.roll();
  }
  EXPECT_EQ(on.here->segment_count(), 11U);
  ASSERT_TRUE(test::compact(on, *on.here));
  EXPECT_EQ(on.here->segment_count(), 2U);
  EXPECT_EQ(on.offsets().size(), 10U);
}

TEST(compaction_job, tombstone_gets_a_horizon_and_goes_when_it_has_passed) {
  compacted on;
  on.append({{"a", "1", time_ms}, {"b", "1", time_ms}});
  on.append({{"a", std::nullopt, time_ms + 5}});
  on.roll();
  pass_options how;
  how.policy.delete_retention = std::chrono::hours(1);
  how.cleaned_to = test::compact(on, *on.here, how).value();
  const std::int64_t horizon_ms =
      on.clock.wall_now().time_since_epoch().count() + std::chrono::milliseconds(3'600'000).count();
  {
    const auto batches = test::read_batches(*on.here);
    ASSERT_EQ(batches.size(), 2U);
    EXPECT_EQ(record::batch_view(batches[1]).delete_horizon_ms(), horizon_ms);
    EXPECT_EQ(record::batch_view(batches[1]).base_timestamp_ms(), horizon_ms);
    EXPECT_EQ(record::batch_view(batches[1]).max_timestamp_ms(), time_ms + 5);
    EXPECT_EQ(test::read_records(*on.here)[offset{2}],
              (seen_record{"a", std::nullopt, time_ms + 5}));
  }
  // Not yet: another pass leaves it, and its horizon.
  on.append({{"c", "1", time_ms}});
  on.roll();
  how.cleaned_to = test::compact(on, *on.here, how).value();
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{1, 2, 3}));
  on.clock.advance(std::chrono::hours(1));
  on.append({{"d", "1", time_ms}});
  on.roll();
  how.cleaned_to = test::compact(on, *on.here, how).value();
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{1, 3, 4}));
}

TEST(compaction_job, last_batch_of_each_producer_stays_though_it_is_empty) {
  compacted on;
  const record::batch_producer one{producer_id{7}, producer_epoch{0}, sequence{0}};
  const record::batch_producer two{producer_id{7}, producer_epoch{0}, sequence{1}};
  on.append({{"a", "1", time_ms}}, one);
  on.append({{"a", "2", time_ms}}, two);
  on.append({{"a", "3", time_ms}});
  on.roll();
  pass_options how;
  how.producers[7] = {offset{1}, producer_epoch{0}};
  ASSERT_TRUE(test::compact(on, *on.here, how));
  const auto batches = test::read_batches(*on.here);
  ASSERT_EQ(batches.size(), 2U);
  const record::batch_view kept(batches[0]);
  EXPECT_EQ(kept.base_offset(), offset{1});
  EXPECT_EQ(kept.record_count(), 0);
  EXPECT_EQ(kept.producer_id(), producer_id{7});
  EXPECT_EQ(kept.last_sequence(), sequence{1});
}

TEST(compaction_job, several_passes_when_not_all_keys_fit) {
  compacted on;
  for (int round = 0; round < 3; ++round) {
    for (int index = 0; index < 300; ++index) {
      on.append({{key(index), std::to_string(round), time_ms}});
    }
    on.roll();
  }
  const auto before = test::replay(test::read_records(*on.here));
  pass_options how;
  how.memory_bytes_max = std::uint64_t{36} * 120;  // 120 slots, 96 keys
  int passes = 0;
  offset last{0};
  while (last < offset{900}) {
    const auto cleaned = test::compact(on, *on.here, how);
    ASSERT_TRUE(cleaned) << cleaned.error().message();
    ASSERT_GT(*cleaned, last);
    last = *cleaned;
    how.cleaned_to = last;
    ++passes;
  }
  EXPECT_GE(passes, 9);
  EXPECT_EQ(on.offsets().size(), 300U);
  EXPECT_EQ(test::replay(test::read_records(*on.here)), before);
}

TEST(compaction_job, keys_of_one_batch_that_do_not_fit_are_an_error) {
  compacted on;
  std::vector<seen_record> records;
  for (int index = 0; index < 200; ++index) {
    records.push_back({key(index), "1", time_ms});
  }
  on.append(records);
  on.roll();
  pass_options how;
  how.memory_bytes_max = std::uint64_t{36} * 120;
  EXPECT_EQ(test::compact(on, *on.here, how).error(), errc::too_many_keys);
  EXPECT_EQ(on.offsets().size(), 200U);
}

TEST(compaction_job, batches_keep_their_codec) {
  for (const auto type : {compression_type::gzip, compression_type::snappy, compression_type::lz4,
                          compression_type::zstd}) {
    compacted on;
    const auto& codecs = record::testing::library_codecs();
    pass_options how;
    how.codecs = &codecs;
    ASSERT_TRUE(on.simulated_log::append(
        *on.here, make_keyed_batch({{"a", "1", time_ms}, {"b", "1", time_ms}}, {}, type, codecs)));
    ASSERT_TRUE(on.simulated_log::append(
        *on.here, make_keyed_batch({{"a", std::nullopt, time_ms}}, {}, type, codecs)));
    on.roll();
    ASSERT_TRUE(test::compact(on, *on.here, how));
    const auto batches = test::read_batches(*on.here);
    ASSERT_EQ(batches.size(), 2U);
    for (const byte_buffer& bytes : batches) {
      EXPECT_EQ(record::batch_view(bytes).compression(), type);
    }
    const auto records = test::read_records(*on.here, codecs);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records.begin()->second, (seen_record{"b", "1", time_ms}));
    EXPECT_EQ(records.rbegin()->second, (seen_record{"a", std::nullopt, time_ms}));
  }
}

TEST(compaction_job, missing_codec_stops_and_says_where) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  ASSERT_TRUE(on.simulated_log::append(
      *on.here, make_keyed_batch({{"a", "2", time_ms}}, {}, compression_type::zstd,
                                 record::testing::library_codecs())));
  on.roll();
  const auto job = test::make_pass(on, *on.here, {});
  const auto step = job->run_step();
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error(), record::errc::codec_missing);
  EXPECT_EQ(job->failure().segment, offset{0});
  EXPECT_GT(job->failure().position, 0U);
  EXPECT_EQ(test::read_batches(*on.here).size(), 2U);
}

TEST(compaction_job, damaged_batch_is_found_and_nothing_is_replaced) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  on.append({{"a", "2", time_ms}});
  on.roll();
  on.disk.flip_bit(on.path(0, ".log"), 100, 3);
  EXPECT_EQ(test::compact(on, *on.here).error(), errc::corrupt);
  for (const std::string& path : on.disk.paths()) {
    EXPECT_EQ(path.find(".cleaned"), std::string::npos) << path;
  }
}

TEST(compaction_job, slices_of_a_replaced_segment_stay_readable) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  on.append({{"a", "2", time_ms}});
  on.roll();
  auto slice = on.here->read(offset{0}, {}).value();
  const byte_buffer before = simulated_log::bytes_of(slice);
  const auto job = test::make_pass(on, *on.here, {});
  deletion_job deletion;
  for (auto progress = compaction_job::progress::more; progress != compaction_job::progress::done;
       progress = job->run_step().value()) {
    if (progress == compaction_job::progress::segment_ready) {
      deletion = on.here->replace(job->take_segment()).value();
    }
  }
  EXPECT_EQ(simulated_log::run(deletion), deletion_job::progress::waiting);
  EXPECT_EQ(simulated_log::bytes_of(slice), before);
  slice = {};
  EXPECT_EQ(simulated_log::run(deletion), deletion_job::progress::done);
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{1}));
}

TEST(compaction_job, segments_that_have_gone_meanwhile_are_not_replaced) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  on.roll();
  on.append({{"a", "2", time_ms}});
  on.roll();
  const auto job = test::make_pass(on, *on.here, {});
  while (job->run_step().value() != compaction_job::progress::segment_ready) {
  }
  auto removal = on.here->advance_start(offset{1}).value();
  EXPECT_EQ(on.here->replace(job->take_segment()).error(), errc::overtaken);
  EXPECT_FALSE(on.here->write_obstacle());
  simulated_log::run(removal);
  EXPECT_EQ(on.offsets(), (std::vector<std::int64_t>{1}));
}

TEST(compaction_job, times_are_found_past_records_that_went) {
  compacted on;
  on.append({{"a", "1", time_ms}});
  on.append({{"b", "1", time_ms + 10}, {"a", "2", time_ms + 20}});
  on.append({{"b", "2", time_ms + 30}, {"a", "3", time_ms + 15}});
  on.roll();
  pass_options how;
  ASSERT_TRUE(test::compact(on, *on.here, how));
  const auto match =
      on.here->offset_for_timestamp(time_ms + 12, on.here->log_end(), record::no_codecs()).value();
  ASSERT_TRUE(match);
  EXPECT_EQ(match->at, offset{3});
  EXPECT_EQ(match->timestamp_ms, time_ms + 30);
}

TEST(compaction_job, records_of_aborted_transactions_go_and_their_markers_follow) {
  compacted on;
  const auto in_transaction = [](const std::string& name, std::int64_t id, std::int32_t number) {
    record::batch_options options;
    options.producer = record::batch_producer{producer_id{id}, producer_epoch{0}, sequence{number}};
    options.transactional = true;
    record::batch_builder builder(options);
    record::new_record one;
    one.timestamp_ms = time_ms;
    one.key = as_bytes(name);
    one.value = as_bytes("x");
    builder.append(one);
    return builder.finish().value();
  };
  using marker = record::end_transaction_marker;
  const auto end = [](std::int64_t id, marker::outcome how) {
    return record::build_end_transaction_batch({producer_id{id}, producer_epoch{0}, how, 0},
                                               offset{0}, time_ms);
  };
  on.append({{"a", "1", time_ms}});                                                  // 0
  ASSERT_TRUE(on.simulated_log::append(*on.here, in_transaction("a", 1, 0)));        // 1
  ASSERT_TRUE(on.simulated_log::append(*on.here, in_transaction("b", 2, 0)));        // 2
  ASSERT_TRUE(on.simulated_log::append(*on.here, end(1, marker::outcome::abort)));   // 3
  ASSERT_TRUE(on.simulated_log::append(*on.here, end(2, marker::outcome::commit)));  // 4
  on.roll();
  pass_options how;
  how.policy.delete_retention = std::chrono::hours(1);
  how.aborted = {{producer_id{1}, offset{1}, offset{3}, offset{2}}};
  how.cleaned_to = test::compact(on, *on.here, how).value();
  // The aborted record is gone, both markers stand.
  auto bases = simulated_log::bases(*on.here, offset{0});
  EXPECT_EQ(bases, (std::vector<std::int64_t>{0, 2, 3, 4}));
  // Nothing of the aborted transaction is left: its marker gets a horizon.
  how.aborted.clear();
  on.append({{"c", "1", time_ms}});
  on.roll();
  how.cleaned_to = test::compact(on, *on.here, how).value();
  const auto batches = test::read_batches(*on.here);
  ASSERT_EQ(batches.size(), 5U);
  EXPECT_TRUE(record::batch_view(batches[2]).delete_horizon_ms());
  EXPECT_FALSE(record::batch_view(batches[3]).delete_horizon_ms());
  on.clock.advance(std::chrono::hours(2));
  on.append({{"d", "1", time_ms}});
  on.roll();
  ASSERT_TRUE(test::compact(on, *on.here, how));
  bases = simulated_log::bases(*on.here, offset{0});
  EXPECT_EQ(bases, (std::vector<std::int64_t>{0, 2, 4, 5, 6}));
}

TEST(compaction_job, clean_log_is_not_written_again) {
  compacted on;
  for (int index = 0; index < 5; ++index) {
    on.append({{key(index), "1", time_ms}});
  }
  on.roll();
  ASSERT_TRUE(test::compact(on, *on.here));
  EXPECT_EQ(on.here->replacements(), 0U);
}

}  // namespace
}  // namespace tidemill::log
