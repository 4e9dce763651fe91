#include "log/producer_state.hpp"

#include <limits>

#include "log/producer_state_snapshot.hpp"
#include "record/batch_builder.hpp"
#include "record/crc32c.hpp"

namespace tidemill::log {
namespace {

constexpr std::int32_t sequence_max = std::numeric_limits<std::int32_t>::max();

struct sent {
  int producer = 1;
  int epoch = 0;
  std::int32_t first_sequence = 0;
  int count = 1;
  std::int64_t base_offset = 0;
  bool transactional = false;
  std::int64_t timestamp_ms = 1000;
};

byte_buffer batch_of(const sent& what) {
  record::batch_options options;
  options.base_offset = offset{what.base_offset};
  options.producer = record::batch_producer{producer_id{what.producer},
                                            producer_epoch{static_cast<std::int16_t>(what.epoch)},
                                            sequence{what.first_sequence}};
  options.transactional = what.transactional;
  record::batch_builder builder(options);
  for (int i = 0; i < what.count; ++i) {
    builder.append(
        {.timestamp_ms = what.timestamp_ms, .key = {}, .value = as_bytes("v"), .headers = {}});
  }
  return builder.finish().value();
}

producer_verdict check(const producer_states& states, const sent& what) {
  const byte_buffer bytes = batch_of(what);
  return states.check(record::batch_view(bytes));
}
void apply(producer_states& states, const sent& what, std::int64_t now_ms = 0) {
  const byte_buffer bytes = batch_of(what);
  EXPECT_FALSE(states.apply(record::batch_view(bytes), now_ms));
}
std::optional<completed_transaction> end(producer_states& states, int producer, int epoch,
                                         std::int64_t at, bool abort, int coordinator_epoch = 0) {
  using outcome = record::end_transaction_marker::outcome;
  const byte_buffer bytes = record::build_end_transaction_batch(
      {producer_id{producer}, producer_epoch{static_cast<std::int16_t>(epoch)},
       abort ? outcome::abort : outcome::commit, coordinator_epoch},
      offset{at}, 2000);
  return states.apply(record::batch_view(bytes), 0);
}

MATCHER(is_append, "") {
  return arg.decision == producer_verdict::kind::append;
}
MATCHER_P(is_refused, why, "") {
  return arg.decision == producer_verdict::kind::refused && arg.refusal == why;
}
MATCHER_P(is_duplicate_of, base, "") {
  return arg.decision == producer_verdict::kind::duplicate &&
         arg.original.base_offset() == offset{base};
}
constexpr auto out_of_order = producer_refusal::out_of_order_sequence;
constexpr auto bad_epoch = producer_refusal::invalid_producer_epoch;

TEST(producer_states, no_producer_costs_nothing) {
  producer_states states;
  record::batch_builder builder({});
  builder.append(record::new_record{});
  const byte_buffer bytes = builder.finish().value();
  EXPECT_THAT(states.check(record::batch_view(bytes)), is_append());
  EXPECT_FALSE(states.apply(record::batch_view(bytes), 0));
  EXPECT_TRUE(states.empty());
  EXPECT_LE(sizeof(producer_states), 16u);
}

TEST(producer_states, unknown_producer_may_start_anywhere) {
  producer_states states;
  EXPECT_THAT(check(states, {.first_sequence = 77}), is_append());
}

TEST(producer_states, gap_and_step_back_are_refused) {
  producer_states states;
  apply(states, {.first_sequence = 0, .count = 3, .base_offset = 10});
  EXPECT_THAT(check(states, {.first_sequence = 3}), is_append());
  EXPECT_THAT(check(states, {.first_sequence = 4}), is_refused(out_of_order));
  EXPECT_THAT(check(states, {.first_sequence = 2}), is_refused(out_of_order));
  EXPECT_THAT(check(states, {.first_sequence = 0, .count = 2}), is_refused(out_of_order));
}

TEST(producer_states, five_batches_are_remembered_and_answered_with_their_offsets) {
  producer_states states;
  for (int i = 0; i < 6; ++i) {
    apply(states, {.first_sequence = 2 * i, .count = 2, .base_offset = 100 + 10 * i});
  }
  EXPECT_THAT(check(states, {.first_sequence = 0, .count = 2}), is_refused(out_of_order));
  for (int i = 1; i < 6; ++i) {
    EXPECT_THAT(check(states, {.first_sequence = 2 * i, .count = 2}),
                is_duplicate_of(100 + 10 * i));
  }
}

TEST(producer_states, epochs_fence_and_new_one_starts_at_zero) {
  producer_states states;
  apply(states, {.epoch = 3, .first_sequence = 0, .count = 2});
  EXPECT_THAT(check(states, {.epoch = 2, .first_sequence = 2}), is_refused(bad_epoch));
  EXPECT_THAT(check(states, {.epoch = 2, .first_sequence = 0, .count = 2}), is_refused(bad_epoch));
  EXPECT_THAT(check(states, {.epoch = 4, .first_sequence = 2}), is_refused(out_of_order));
  EXPECT_THAT(check(states, {.epoch = 4, .first_sequence = 0, .count = 2}), is_append());
  apply(states, {.epoch = 4, .first_sequence = 0, .base_offset = 7});
  EXPECT_THAT(check(states, {.epoch = 4, .first_sequence = 1}), is_append());
  EXPECT_THAT(check(states, {.epoch = 4, .first_sequence = 0}), is_duplicate_of(7));
}

TEST(producer_states, sequence_wraps) {
  producer_states states;
  apply(states, {.first_sequence = sequence_max, .count = 1});
  EXPECT_THAT(check(states, {.first_sequence = 0}), is_append());
  EXPECT_THAT(check(states, {.first_sequence = 1}), is_refused(out_of_order));
  // A batch that wraps inside: INT32_MAX - 1, INT32_MAX, 0, 1.
  producer_states wrapping;
  apply(wrapping, {.first_sequence = sequence_max - 1, .count = 4, .base_offset = 50});
  EXPECT_THAT(check(wrapping, {.first_sequence = 2}), is_append());
  EXPECT_THAT(check(wrapping, {.first_sequence = sequence_max - 1, .count = 4}),
              is_duplicate_of(50));
}

TEST(producer_states, followers_take_whatever_the_leader_wrote) {
  producer_states states;
  apply(states, {.epoch = 3, .first_sequence = 0});
  apply(states, {.epoch = 3, .first_sequence = 9});
  EXPECT_THAT(check(states, {.epoch = 3, .first_sequence = 10}), is_append());
  apply(states, {.epoch = 2, .first_sequence = 4});
  EXPECT_EQ(states.find(producer_id{1})->epoch, producer_epoch{2});
}

TEST(producer_states, expiry_forgets_the_silent_but_no_open_transaction) {
  producer_states states;
  apply(states, {.producer = 1}, 1000);
  apply(states, {.producer = 2, .transactional = true}, 1000);
  apply(states, {.producer = 3}, 5000);
  EXPECT_EQ(states.expire(10'999, 10'000), 0u);
  EXPECT_EQ(states.expire(11'000, 10'000), 1u);
  EXPECT_EQ(states.find(producer_id{1}), nullptr);
  EXPECT_NE(states.find(producer_id{2}), nullptr);
  EXPECT_EQ(states.expire(100'000, 10'000), 1u);
  EXPECT_FALSE(end(states, 2, 0, 9, false)->aborted);
  states.advance_high_watermark(offset{10});
  EXPECT_EQ(states.expire(200'000, 10'000), 1u);
  EXPECT_TRUE(states.empty());
}

TEST(producer_states, table_is_bounded_and_drops_the_longest_silent) {
  producer_states states(3);
  apply(states, {.producer = 1, .transactional = true});
  apply(states, {.producer = 2});
  apply(states, {.producer = 3});
  apply(states, {.producer = 2, .first_sequence = 1});
  apply(states, {.producer = 4});
  EXPECT_EQ(states.size(), 3u);
  EXPECT_NE(states.find(producer_id{1}), nullptr);
  EXPECT_EQ(states.find(producer_id{3}), nullptr);
}

TEST(producer_states, open_transaction_holds_the_stable_offset_until_replicated) {
  producer_states states;
  EXPECT_EQ(states.first_unstable_offset(), std::nullopt);
  apply(states, {.producer = 1, .count = 2, .base_offset = 10, .transactional = true});
  apply(states, {.producer = 2, .count = 2, .base_offset = 12, .transactional = true});
  apply(states, {.producer = 1, .first_sequence = 2, .base_offset = 14, .transactional = true});
  EXPECT_EQ(states.first_unstable_offset(), offset{10});
  EXPECT_THAT(check(states, {.producer = 1, .first_sequence = 3}),
              is_refused(producer_refusal::invalid_transaction_state));

  EXPECT_EQ(end(states, 1, 0, 15, true),
            (completed_transaction{producer_id{1}, offset{10}, offset{15}, offset{12}, true}));
  EXPECT_EQ(states.first_unstable_offset(), offset{10});  // marker not below the high watermark
  states.advance_high_watermark(offset{15});
  EXPECT_EQ(states.first_unstable_offset(), offset{10});
  states.advance_high_watermark(offset{16});
  EXPECT_EQ(states.first_unstable_offset(), offset{12});
  EXPECT_EQ(end(states, 2, 0, 16, false),
            (completed_transaction{producer_id{2}, offset{12}, offset{16}, offset{17}, false}));
  states.advance_high_watermark(offset{17});
  EXPECT_EQ(states.first_unstable_offset(), std::nullopt);
  EXPECT_FALSE(end(states, 2, 0, 17, false));  // no transaction left to end
}

TEST(producer_states, markers_fence_by_epoch_and_coordinator) {
  using outcome = record::end_transaction_marker::outcome;
  producer_states states;
  apply(states, {.epoch = 2, .transactional = true});
  const auto marker = [](int epoch, int coordinator) {
    return record::end_transaction_marker{producer_id{1},
                                          producer_epoch{static_cast<std::int16_t>(epoch)},
                                          outcome::commit, coordinator};
  };
  EXPECT_EQ(states.check(marker(1, 5)), producer_refusal::invalid_producer_epoch);
  EXPECT_EQ(states.check(marker(2, 5)), std::nullopt);
  EXPECT_TRUE(end(states, 1, 2, 3, false, 5));
  EXPECT_EQ(states.check(marker(2, 4)), producer_refusal::transaction_coordinator_fenced);
  // A marker with a raised epoch forgets the batches of the old one.
  EXPECT_FALSE(end(states, 1, 3, 4, true, 5));
  EXPECT_THAT(check(states, {.epoch = 2, .first_sequence = 1}), is_refused(bad_epoch));
  EXPECT_THAT(check(states, {.epoch = 3, .first_sequence = 1}), is_refused(out_of_order));
  EXPECT_THAT(check(states, {.epoch = 3, .first_sequence = 0}), is_append());
}

std::vector<producer_entry> snapshot_sample() {
  producer_states states;
  for (int i = 0; i < 7; ++i) {
    apply(states, {.producer = 9, .epoch = 1, .first_sequence = i, .base_offset = i});
  }
  apply(states, {.producer = 4,
                 .first_sequence = sequence_max,
                 .count = 2,
                 .base_offset = 7,
                 .transactional = true});
  EXPECT_FALSE(end(states, 5, 2, 9, true, 6));
  return states.entries();
}

TEST(producer_snapshot, round_trip_keeps_everything) {
  const auto entries = snapshot_sample();
  ASSERT_EQ(entries.size(), 3u);
  const byte_buffer bytes = encode_producer_snapshot(entries);
  const auto read = decode_producer_snapshot(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0), entries[0]);
  EXPECT_EQ(read->at(1), entries[1]);
  ASSERT_EQ(read->at(2).batch_count, 5);
  EXPECT_TRUE(std::equal(read->at(2).batches.begin(), read->at(2).batches.end(),
                         entries[2].batches.begin()));

  producer_states loaded;
  for (const producer_entry& each : *read) {
    loaded.load(each, 0);
  }
  EXPECT_EQ(loaded.first_unstable_offset(), offset{7});
  EXPECT_THAT(check(loaded, {.producer = 9, .epoch = 1, .first_sequence = 2}), is_duplicate_of(2));
  EXPECT_THAT(check(loaded, {.producer = 9, .epoch = 1, .first_sequence = 7}), is_append());
}

TEST(producer_snapshot, single_batches_give_kafkas_bytes_only) {
  producer_states states;
  apply(states, {.producer = 1, .count = 3, .base_offset = 20});
  const byte_buffer bytes = encode_producer_snapshot(states.entries());
  EXPECT_EQ(bytes.size(), 10u + 46u);
  EXPECT_EQ(encode_producer_snapshot({}).size(), 10u);
  EXPECT_TRUE(decode_producer_snapshot(encode_producer_snapshot({}))->empty());
}

TEST(producer_snapshot, damage_is_refused_at_every_byte) {
  const byte_buffer whole = encode_producer_snapshot(snapshot_sample());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    byte_buffer flipped = whole;
    flipped[i] ^= std::byte{0x10};
    EXPECT_FALSE(decode_producer_snapshot(flipped)) << i;
    EXPECT_FALSE(decode_producer_snapshot(bytes_view(whole).first(i))) << i;
  }
}

TEST(producer_snapshot, hostile_counts_with_right_checksum_are_refused) {
  const byte_buffer whole = encode_producer_snapshot(snapshot_sample());
  for (std::size_t i = 6; i + 4 <= whole.size(); ++i) {
    byte_buffer changed = whole;
    for (std::size_t j = 0; j < 4; ++j) {
      changed[i + j] = std::byte{0x7f};
    }
    store_big_endian(changed.data() + 2, record::crc32c(bytes_view(changed).subspan(6)));
    static_cast<void>(decode_producer_snapshot(changed));  // must not crash or allocate wildly
  }
}

}  // namespace
}  // namespace tidemill::log
