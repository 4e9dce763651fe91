#include "extension/partitioner_adapter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/errc.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

using ::testing::HasSubstr;

struct partitioner_adapter_test : ::testing::Test {
  testing::surroundings around;
  testing::script& plugin = testing::current_script();
  extension_point point{"rule", around.environment};
  partitioner_adapter rejecting{point, verify_mode::reject};
  partitioner_adapter warning{point, verify_mode::warn};

  void take_seat(failure_answer on_error = failure_answer::by_kind) {
    instance_settings settings;
    settings.on_error = on_error;
    point.at(shard_index{0}).give_to(around.make(testing::scripted_plugin(), std::move(settings)));
  }
  /// Answers that the plugin gives, record by record.
  void answer(std::vector<std::int32_t> partitions) {
    plugin.choose = [partitions](const tidemill_batch& batch, std::int32_t* into, tidemill_error*) {
      for (std::uint32_t i = 0; i < batch.record_count; ++i) {
        into[i] = partitions.at(i);
      }
      return TIDEMILL_OK;
    };
  }
  partition::objections verify(partitioner_adapter& by,
                               const std::vector<std::optional<std::string>>& keys) {
    const byte_buffer bytes = testing::batch_of(keys);
    const record::batch_view batch(bytes);
    partition::objections found;
    by.verify(testing::destination(), batch, batch.records_bytes(), found);
    return found;
  }
  call_figures figures() { return point.at(shard_index{0}).figures(kind::partitioner); }
};

TEST_F(partitioner_adapter_test, right_and_any_pass) {
  take_seat();
  answer({1, TIDEMILL_PARTITION_ANY, 1});
  EXPECT_FALSE(verify(rejecting, {"a", "b", "c"}).error);
  EXPECT_EQ(figures().calls, 1U);
  EXPECT_EQ(figures().records, 3U);
  EXPECT_EQ(figures().objections, 0U);
}

TEST_F(partitioner_adapter_test, misplaced_records_are_named_with_where_they_belong) {
  take_seat();
  answer({1, 2, TIDEMILL_PARTITION_REJECT});
  const auto found = verify(rejecting, {"a", "b", "c"});
  EXPECT_EQ(found.error, partition::errc::records_rejected);
  EXPECT_EQ(found.records,
            (std::vector<partition::record_rejection>{
                {1, "the record belongs into partition 2, not 1, by the partitioner rule"},
                {2, "the record belongs into no partition, by the partitioner rule"}}));
  EXPECT_THAT(found.message, HasSubstr("2 of the records for orders-1 were refused; record 1: "));
  EXPECT_EQ(figures().objections, 2U);
}

TEST_F(partitioner_adapter_test, warnings_count_by_client_and_tell_the_first) {
  take_seat();
  answer({2, 0});
  EXPECT_FALSE(verify(warning, {"a", "b"}).error);
  EXPECT_FALSE(verify(warning, {"a", "b"}).error);
  EXPECT_EQ(point.at(shard_index{0}).mismatches().at("someone"), 4U);
  ASSERT_EQ(around.log.lines.size(), 1U);
  EXPECT_THAT(around.log.lines.front(), HasSubstr("the client \"someone\" sends records"));
}

TEST_F(partitioner_adapter_test, client_ids_are_counted_as_they_can_be_shown) {
  seat& here = point.at(shard_index{0});
  here.count_mismatches("\xff\xfe", 1);
  here.count_mismatches("a \"b\"\nc\\", 2);
  here.count_mismatches("grün", 3);
  here.count_mismatches(std::string(100'000, 'x'), 4);
  EXPECT_EQ(here.mismatches().at(R"(\xff\xfe)"), 1U);
  EXPECT_EQ(here.mismatches().at(R"(a \"b\"\nc\\)"), 2U);
  EXPECT_EQ(here.mismatches().at("grün"), 3U);
  for (const auto& [shown, count] : here.mismatches()) {
    EXPECT_LT(shown.size(), 300U);
  }
}

TEST_F(partitioner_adapter_test, clients_beyond_the_bound_are_counted_together) {
  seat& here = point.at(shard_index{0});
  for (std::size_t i = 0; i < seat::clients_max + 50; ++i) {
    here.count_mismatches("client-" + std::to_string(i), 1);
  }
  EXPECT_EQ(here.mismatches().size(), seat::clients_max + 1);
  EXPECT_EQ(here.mismatches().at("(others)"), 50U);
  here.count_mismatches("", 1);
  EXPECT_EQ(here.mismatches().at("(others)"), 51U);
}

TEST_F(partitioner_adapter_test, answers_out_of_range_are_faults_and_the_choice_stands) {
  take_seat();
  answer({3, -7, 2});
  const auto found = verify(rejecting, {"a", "b", "c"});
  ASSERT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.records.front().index, 2);
  EXPECT_EQ(figures().out_of_range, 1U);
  answer({3, 3});
  EXPECT_FALSE(verify(rejecting, {"a", "b"}).error);
}

TEST_F(partitioner_adapter_test, a_failure_lets_pass_unless_the_instance_is_closed) {
  take_seat();
  plugin.choose = [](const tidemill_batch&, std::int32_t* into, tidemill_error* error) {
    into[0] = 2;
    testing::say(error, "no idea");
    return TIDEMILL_INTERNAL;
  };
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(figures().errors, 1U);
  EXPECT_THAT(around.log.lines.back(), HasSubstr("choose: no idea"));
  take_seat(failure_answer::closed);
  const auto found = verify(rejecting, {"a"});
  EXPECT_EQ(found.error, partition::errc::records_rejected);
  EXPECT_EQ(found.message, "the partitioner rule of the topic cannot be asked: no idea");
  EXPECT_FALSE(verify(warning, {"a"}).error);
}

TEST_F(partitioner_adapter_test, an_exception_is_a_failure) {
  take_seat();
  plugin.choose = [](const tidemill_batch&, std::int32_t*, tidemill_error*) -> tidemill_status {
    throw std::runtime_error("must not cross");
  };
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(figures().errors, 1U);
  EXPECT_THAT(around.log.lines.back(),
              HasSubstr("choose: an exception came out of it: must not cross"));
  plugin.choose = [](const tidemill_batch&, std::int32_t*, tidemill_error*) -> tidemill_status {
    throw std::runtime_error(std::string(100'000, 'x'));
  };
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_LT(around.log.lines.back().size(), 1000U);
}

TEST_F(partitioner_adapter_test, a_state_that_could_not_be_opened_is_tried_again_after_a_while) {
  take_seat();
  bool fails = true;
  plugin.shard_open = [&](std::uint32_t, tidemill_error* error) {
    testing::say(error, "no memory today");
    return fails ? TIDEMILL_NO_MEMORY : TIDEMILL_OK;
  };
  answer({2});
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_THAT(around.log.lines.back(), HasSubstr("shard_open: no memory today"));
  fails = false;
  around.clock.advance(std::chrono::seconds(9));
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  around.clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(figures().spared, 2U);
}

TEST_F(partitioner_adapter_test, nobody_in_the_seat_is_told_once_and_lets_pass) {
  EXPECT_FALSE(rejecting.needs_records(shard_index{0}));
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(around.log.lines,
            (std::vector<std::string>{"/rule: a topic names it as its partitioner, but it is not "
                                      "loaded"}));
  EXPECT_EQ(figures().spared, 2U);
}

TEST_F(partitioner_adapter_test, a_slow_call_is_a_fault_whose_answer_counts) {
  take_seat();
  plugin.choose = [this](const tidemill_batch&, std::int32_t* into, tidemill_error*) {
    around.clock.advance(std::chrono::milliseconds(2));
    into[0] = 2;
    return TIDEMILL_OK;
  };
  EXPECT_TRUE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(figures().overruns, 1U);
  EXPECT_EQ(figures().nanoseconds, 2'000'000U);
}

TEST_F(partitioner_adapter_test, one_that_becomes_slow_on_single_records_is_left_alone) {
  take_seat();
  answer({1});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(verify(rejecting, {"a"}).error);
  }
  ASSERT_EQ(figures().overruns, 0U);
  plugin.choose = [this](const tidemill_batch&, std::int32_t*, tidemill_error*) {
    around.clock.advance(std::chrono::milliseconds(2));
    return TIDEMILL_OK;
  };
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(verify(rejecting, {"a"}).error);
  }
  EXPECT_EQ(figures().breaker_state, breaker::state::open);
  EXPECT_LT(figures().calls, 1050U);
}

TEST_F(partitioner_adapter_test, one_that_is_slow_now_and_then_is_left_alone_too) {
  take_seat();
  int calls = 0;
  plugin.choose = [&](const tidemill_batch&, std::int32_t*, tidemill_error*) {
    around.clock.advance(++calls > 1000 && calls % 20 == 0 ? std::chrono::milliseconds(2)
                                                           : std::chrono::microseconds(1));
    return TIDEMILL_OK;
  };
  for (int i = 0; i < 20'000 && figures().spared == 0; ++i) {
    EXPECT_FALSE(verify(rejecting, {"a"}).error);
  }
  EXPECT_EQ(figures().breaker_state, breaker::state::open);
}

TEST_F(partitioner_adapter_test, one_that_fails_too_often_is_left_alone_and_tried_again) {
  take_seat();
  plugin.choose = [](const tidemill_batch&, std::int32_t*, tidemill_error*) {
    return TIDEMILL_INTERNAL;
  };
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(verify(rejecting, {"a"}).error);
  }
  EXPECT_LT(figures().calls, 30U);
  EXPECT_GT(figures().spared, 70U);
  EXPECT_EQ(figures().breaker_state, breaker::state::open);
  EXPECT_THAT(around.log.lines, ::testing::Contains(HasSubstr("is left alone")));
  around.clock.advance(std::chrono::seconds(10));
  answer({2});
  EXPECT_TRUE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(figures().breaker_state, breaker::state::closed);
  EXPECT_THAT(around.log.lines.back(), HasSubstr("works again"));
}

TEST_F(partitioner_adapter_test, a_disabled_one_is_not_called) {
  take_seat();
  answer({2});
  point.at(shard_index{0}).set_working(false);
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(figures().calls, 0U);
  point.at(shard_index{0}).set_working(true);
  EXPECT_TRUE(verify(rejecting, {"a"}).error);
}

TEST_F(partitioner_adapter_test, states_are_opened_by_the_first_call_and_closed_with_the_holder) {
  take_seat();
  EXPECT_TRUE(plugin.open.empty());
  answer({1, 1});
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_EQ(plugin.open, (std::multiset<std::uint32_t>{0}));
  take_seat();
  EXPECT_TRUE(plugin.open.empty());
  EXPECT_EQ(plugin.created, 2);
  EXPECT_EQ(plugin.destroyed, 1);
  plugin.shard_open = [](std::uint32_t, tidemill_error* error) {
    testing::say(error, "no room");
    return TIDEMILL_NO_MEMORY;
  };
  EXPECT_FALSE(verify(rejecting, {"a"}).error);
  EXPECT_THAT(around.log.lines.back(), HasSubstr("but shard_open: no room"));
}

TEST_F(partitioner_adapter_test, damaged_records_are_the_clients_fault) {
  take_seat();
  const byte_buffer bytes = testing::batch_of({"a", "b"});
  const record::batch_view batch(bytes);
  partition::objections found;
  rejecting.verify(testing::destination(), batch, batch.records_bytes().first(4), found);
  EXPECT_EQ(found.error, record::errc::record_length_invalid);
  EXPECT_EQ(figures().calls, 0U);
}

}  // namespace
}  // namespace tidemill::extension
