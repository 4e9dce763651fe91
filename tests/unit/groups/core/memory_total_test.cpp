#include "groups/core/memory_total.hpp"

#include <gtest/gtest.h>

#include "groups/core/coordinator.hpp"

namespace tidemill::groups {
namespace {

using std::chrono::milliseconds;

/// Two coordinators that count together; their writes succeed at once.
class memory_total_test : public testing::Test {
 protected:
  memory_total_test() {
    totals->members.bytes_max = 10'000;
    totals->offsets.bytes_max = 10'000;
    options.initial_rebalance_delay = milliseconds(0);
    options.new_member_join_timeout = milliseconds(1000);
    for (coordinator& one : cores) {
      actions out;
      one.loaded(now(), out);
    }
  }
  [[nodiscard]] moment now() const { return {milliseconds(time), time}; }

  errc perform(coordinator& core, actions out) {
    errc said = errc::none;
    for (reply& each : out.replies) {
      std::visit(
          [&](const auto& what) {
            if constexpr (requires { what.error; }) {
              said = what.error;
            }
          },
          each.what);
    }
    for (write& each : out.writes) {
      actions more;
      core.written(std::move(each), errc::none, now(), more);
      const errc later = perform(core, std::move(more));
      said = later != errc::none ? later : said;
    }
    return said;
  }
  errc join(std::size_t at, std::string_view group, std::size_t bytes) {
    const std::string metadata(bytes, 'm');
    join_request event;
    event.group = group;
    event.protocol_type = "consumer";
    event.protocols = {{"r", as_bytes(metadata)}};
    event.session_timeout = milliseconds(10'000);
    event.rebalance_timeout = milliseconds(1000);
    event.new_member_id = group;
    actions out;
    cores[at].join(event, 1, now(), out);
    return perform(cores[at], std::move(out));
  }
  errc beat(std::size_t at, std::string group, std::size_t bytes) {
    consumer_heartbeat event;
    event.group = std::move(group);
    event.member = "member";
    event.rebalance_timeout_ms = 1000;
    event.topics = {std::string(bytes, 't')};
    event.owned = partition_set{};
    actions out;
    cores[at].consumer_beat(std::move(event), 1, now(), out);
    return perform(cores[at], std::move(out));
  }
  /// What becomes of each row.
  std::vector<errc> commit(std::size_t at, std::string_view group,
                           const std::vector<std::pair<std::int32_t, std::string>>& rows) {
    commit_request event;
    event.group = group;
    for (const auto& [partition, metadata] : rows) {
      auto& row = event.rows.emplace_back();
      row.topic = "t";
      row.partition = partition;
      row.offset = 1;
      row.metadata = metadata;
    }
    actions out;
    cores[at].commit(event, 1, now(), out);
    std::vector<errc> said;
    const auto take = [&](const actions& from) {
      for (const reply& each : from.replies) {
        said = std::get<rows_reply>(each.what).rows;
      }
    };
    take(out);
    for (write& each : out.writes) {
      actions more;
      cores[at].written(std::move(each), errc::none, now(), more);
      take(more);
    }
    return said;
  }
  /// Longer than everything that is waited for.
  void pass() {
    for (int step = 0; step < 60; ++step) {
      time += 1000;
      advance();
    }
  }
  void advance() {
    for (coordinator& one : cores) {
      actions out;
      one.advance(now(), out);
      perform(one, std::move(out));
    }
  }

  std::int64_t time = 1;
  group_options options;
  std::shared_ptr<memory_totals> totals = std::make_shared<memory_totals>();
  std::vector<coordinator> cores = [this] {
    std::vector<coordinator> made;
    made.emplace_back(options, totals);
    made.emplace_back(options, totals);
    return made;
  }();
};

TEST_F(memory_total_test, groups_of_all_homes_share_what_may_be_brought) {
  EXPECT_EQ(join(0, "a", 4000), errc::none);
  EXPECT_EQ(join(1, "b", 4000), errc::none);
  EXPECT_GE(totals->members.bytes, 8000U);
  EXPECT_EQ(join(0, "c", 4000), errc::limit_reached);
  EXPECT_EQ(beat(1, "d", 4000), errc::limit_reached);
  EXPECT_EQ(join(0, "c", 50), errc::none) << "what is small still finds room";
}

TEST_F(memory_total_test, members_that_go_give_back_what_they_brought) {
  EXPECT_EQ(join(0, "a", 9000), errc::none);
  EXPECT_EQ(join(0, "b", 9000), errc::limit_reached);
  pass();
  EXPECT_EQ(totals->members.bytes, 0U);
  EXPECT_EQ(join(1, "b", 9000), errc::none);
}

TEST_F(memory_total_test, ids_that_nobody_has_come_back_with_count_too) {
  join_request event;
  event.protocol_type = "consumer";
  event.protocols = {{"r", {}}};
  event.session_timeout = milliseconds(30'000);
  event.rebalance_timeout = milliseconds(1000);
  event.member_id_required = true;
  errc said = errc::none;
  int asked = 0;
  for (; said != errc::limit_reached && asked < 100; ++asked) {
    const std::string id = std::string(500, 'i') + std::to_string(asked);
    const std::string group = "g" + std::to_string(asked);
    event.group = group;
    event.new_member_id = id;
    actions out;
    cores[0].join(event, 1, now(), out);
    said = perform(cores[0], std::move(out));
  }
  EXPECT_EQ(said, errc::limit_reached);
  EXPECT_LT(asked, 20);
  pass();
  EXPECT_EQ(totals->members.bytes, 0U);
}

TEST_F(memory_total_test, consumers_of_the_new_protocol_count_too) {
  EXPECT_EQ(beat(0, "a", 4000), errc::none);
  EXPECT_GE(totals->members.bytes, 4000U);
  EXPECT_EQ(join(1, "b", 7000), errc::limit_reached);
  pass();
  EXPECT_EQ(totals->members.bytes, 0U);
}

TEST_F(memory_total_test, home_that_is_given_up_gives_back_what_its_groups_brought) {
  EXPECT_EQ(join(0, "a", 9000), errc::none);
  cores[0] = coordinator(options, totals);
  EXPECT_EQ(totals->members.bytes, 0U);
}

using verdicts = std::vector<errc>;

TEST_F(memory_total_test, offsets_of_all_groups_share_what_they_may_hold) {
  const std::string long_text(3000, 'm');
  EXPECT_EQ(commit(0, "a", {{0, long_text}}), verdicts{errc::none});
  EXPECT_GE(totals->offsets.bytes, 3000U);
  EXPECT_EQ(commit(1, "b", {{0, ""}, {1, long_text}, {2, long_text}, {3, ""}}),
            (verdicts{errc::none, errc::none, errc::limit_reached, errc::none}));
  EXPECT_LE(totals->offsets.bytes, 10'000U);
}

TEST_F(memory_total_test, offset_that_is_there_moves_on_where_there_is_no_room) {
  const std::string some(1000, 'm');
  EXPECT_EQ(commit(0, "a", {{0, some}}), verdicts{errc::none});
  for (int number = 0; totals->offsets.has_room_for(2000) && number < 20; ++number) {
    commit(1, "b" + std::to_string(number), {{0, ""}});
  }
  totals->offsets.bytes_max = totals->offsets.bytes;
  EXPECT_EQ(commit(0, "a", {{0, some}}), verdicts{errc::none});
  EXPECT_EQ(commit(0, "a", {{0, some + "m"}}), verdicts{errc::limit_reached});
  EXPECT_EQ(commit(0, "a", {{0, "m"}}), verdicts{errc::none});
  EXPECT_EQ(commit(0, "c", {{0, ""}}), verdicts{errc::limit_reached});
}

TEST_F(memory_total_test, offsets_that_go_give_back_what_they_held) {
  EXPECT_EQ(commit(0, "a", {{0, "some"}, {1, ""}}), (verdicts{errc::none, errc::none}));
  EXPECT_EQ(commit(0, "a", {{0, "other metadata"}}), verdicts{errc::none});
  EXPECT_EQ(commit(1, "b", {{0, "m"}}), verdicts{errc::none});
  actions out;
  const std::vector<std::string> gone{"t"};
  for (coordinator& one : cores) {
    one.topics_deleted(gone, out);
    perform(one, std::exchange(out, {}));
  }
  EXPECT_EQ(totals->offsets.bytes, 0U);
  EXPECT_EQ(cores[0].count().offsets, 0U);
  EXPECT_EQ(cores[0].count().groups, 0U);
}

}  // namespace
}  // namespace tidemill::groups
