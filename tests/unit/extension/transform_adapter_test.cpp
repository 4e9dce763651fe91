#include "extension/transform_adapter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/errc.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

using ::testing::HasSubstr;

tidemill_bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct transform_adapter_test : ::testing::Test {
  testing::surroundings around;
  testing::script& plugin = testing::current_script();
  extension_point point{"rule", around.environment};
  transform_adapter gate{point};

  void take_seat(failure_answer on_error = failure_answer::by_kind) {
    instance_settings settings;
    settings.on_error = on_error;
    point.at(shard_index{0}).give_to(around.make(testing::scripted_plugin(), std::move(settings)));
  }
  partition::objections judge(std::size_t records) {
    const byte_buffer bytes =
        testing::batch_of(std::vector<std::optional<std::string>>(records, "key"));
    const record::batch_view batch(bytes);
    partition::objections found;
    gate.judge(testing::destination(), batch, batch.records_bytes(), found);
    return found;
  }
  call_figures figures() { return point.at(shard_index{0}).figures(kind::transform); }
};

TEST_F(transform_adapter_test, what_is_not_rejected_passes) {
  take_seat();
  EXPECT_FALSE(judge(3).error);
  EXPECT_EQ(figures().records, 3U);
}

TEST_F(transform_adapter_test,
       rejected_records_are_in_order_with_their_first_reason_made_printable) {
  take_seat();
  plugin.validate = [](const tidemill_batch&, const tidemill_rejections& to, tidemill_error*) {
    to.reject(&to, 2, bytes_of("too\nlate"));
    to.reject(&to, 0, bytes_of("too early"));
    to.reject(&to, 2, bytes_of("again"));
    to.reject(&to, 1, {nullptr, 0});
    return TIDEMILL_OK;
  };
  const auto found = judge(3);
  EXPECT_EQ(found.error, partition::errc::records_rejected);
  EXPECT_EQ(found.records, (std::vector<partition::record_rejection>{
                               {0, "too early"},
                               {1, "the record was refused by a rule of the topic"},
                               {2, "too\\nlate"}}));
  EXPECT_EQ(found.message, "3 records were refused by rule; record 0: too early");
  EXPECT_EQ(figures().objections, 3U);
}

TEST_F(transform_adapter_test, a_record_that_is_not_there_is_a_fault_and_the_others_count) {
  take_seat();
  plugin.validate = [](const tidemill_batch&, const tidemill_rejections& to, tidemill_error*) {
    to.reject(&to, 99, bytes_of("where?"));
    to.reject(&to, 1, bytes_of("here"));
    return TIDEMILL_OK;
  };
  const auto found = judge(2);
  ASSERT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.records.front().index, 1);
  EXPECT_EQ(figures().out_of_range, 1U);
}

TEST_F(transform_adapter_test, denied_refuses_the_batch_and_is_no_fault) {
  take_seat();
  plugin.validate = [](const tidemill_batch&, const tidemill_rejections&, tidemill_error* error) {
    testing::say(error, "closed on Sundays");
    return TIDEMILL_DENIED;
  };
  const auto found = judge(2);
  EXPECT_EQ(found.error, partition::errc::records_rejected);
  EXPECT_TRUE(found.records.empty());
  EXPECT_EQ(found.message, "the batch was refused by rule: closed on Sundays");
  EXPECT_EQ(figures().errors, 0U);
}

TEST_F(transform_adapter_test, a_failure_refuses_unless_the_instance_is_open) {
  take_seat();
  plugin.validate = [](const tidemill_batch&, const tidemill_rejections& to, tidemill_error*) {
    to.reject(&to, 0, bytes_of("before it failed"));
    return TIDEMILL_UNAVAILABLE;
  };
  const auto found = judge(1);
  EXPECT_EQ(found.error, partition::errc::records_rejected);
  EXPECT_TRUE(found.records.empty());
  EXPECT_THAT(found.message, HasSubstr("it answered TIDEMILL_UNAVAILABLE and no message"));
  take_seat(failure_answer::open);
  EXPECT_FALSE(judge(1).error);
}

TEST_F(transform_adapter_test, a_missing_one_refuses) {
  EXPECT_EQ(judge(1).message, "the rule rule of the topic cannot be asked: it is not loaded");
}

TEST_F(transform_adapter_test, indexes_count_over_all_pieces_of_a_large_batch) {
  take_seat();
  plugin.validate = [](const tidemill_batch& batch, const tidemill_rejections& to,
                       tidemill_error*) {
    if (batch.record_count == 5) {
      to.reject(&to, 4, bytes_of("the last"));
    }
    return TIDEMILL_OK;
  };
  const auto found = judge(batch_columns::records_per_piece_max + 5);
  ASSERT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.records.front().index,
            static_cast<std::int32_t>(batch_columns::records_per_piece_max + 4));
}

}  // namespace
}  // namespace tidemill::extension
