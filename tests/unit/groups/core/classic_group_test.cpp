#include "groups/core/classic_group.hpp"

#include "groups/core/coordinator.hpp"

namespace tidemill::groups {
namespace {

using std::chrono::milliseconds;

/// A coordinator whose writes succeed at once, unless a test holds them.
class classic : public testing::Test {
 protected:
  classic() {
    options.initial_rebalance_delay = milliseconds(0);
    actions out;
    core.loaded(now(), out);
  }

  [[nodiscard]] moment now() const { return {milliseconds(time), time}; }

  void perform(actions out) {
    for (reply& each : out.replies) {
      replies.insert_or_assign(each.to, std::move(each));
    }
    for (write& each : out.writes) {
      if (hold) {
        held.push_back(std::move(each));
        continue;
      }
      actions more;
      core.written(std::move(each), outcome, now(), more);
      perform(std::move(more));
    }
  }
  void release(errc with) {
    for (write& each : std::exchange(held, {})) {
      actions out;
      core.written(std::move(each), with, now(), out);
      perform(std::move(out));
    }
  }
  void pass(std::int64_t duration) {
    time += duration;
    actions out;
    core.advance(now(), out);
    perform(std::move(out));
  }

  request_token join(std::string_view member, std::string_view fresh = "new", bool required = false,
                     std::optional<std::string_view> instance = std::nullopt,
                     std::string_view metadata = "m", bool may_skip = false) {
    join_request event;
    event.group = "g";
    event.member = {member, instance};
    event.protocol_type = "consumer";
    event.protocols = {{"range", as_bytes(metadata)}};
    event.session_timeout = milliseconds(10'000);
    event.rebalance_timeout = rebalance_timeout;
    event.member_id_required = required;
    event.may_skip_assignment = may_skip;
    event.new_member_id = fresh;
    actions out;
    core.join(event, ++token, now(), out);
    perform(std::move(out));
    return token;
  }
  request_token sync(std::string_view member, std::int32_t generation,
                     std::vector<std::pair<std::string_view, std::string_view>> dealt = {}) {
    sync_request event;
    event.group = "g";
    event.member = {member, std::nullopt};
    event.generation = generation;
    for (const auto& [id, bytes] : dealt) {
      event.assignments.emplace_back(id, as_bytes(bytes));
    }
    actions out;
    core.sync(event, ++token, now(), out);
    perform(std::move(out));
    return token;
  }
  errc beat(std::string_view member, std::int32_t generation,
            std::optional<std::string_view> instance = std::nullopt) {
    return core.heartbeat({"g", {member, instance}, generation}, now());
  }
  errc commit(std::string_view member, std::int32_t generation, std::int64_t offset,
              std::string_view metadata = "") {
    commit_request event;
    event.group = "g";
    event.member = {member, std::nullopt};
    event.generation = generation;
    event.rows = {{"t", {}, 0, offset, -1, metadata}};
    actions out;
    core.commit(event, ++token, now(), out);
    perform(std::move(out));
    return std::get<rows_reply>(replies.at(token).what).rows.at(0);
  }
  [[nodiscard]] std::int64_t fetched() const {
    fetch_request event;
    event.group = "g";
    event.topics = {{{"t", {0}}}};
    return core.fetch(event).topics.at(0).rows.at(0).offset;
  }
  [[nodiscard]] bool answered(request_token to) const { return replies.contains(to); }
  [[nodiscard]] const join_reply& joined(request_token to) const {
    return std::get<join_reply>(replies.at(to).what);
  }
  [[nodiscard]] const sync_reply& synced(request_token to) const {
    return std::get<sync_reply>(replies.at(to).what);
  }
  /// One member "a", stable in generation 1.
  void settle_one(std::optional<std::string_view> instance = std::nullopt) {
    join("", "a", false, instance);
    pass(1);
    sync("a", 1, {{"a", "all"}});
  }

  milliseconds rebalance_timeout{30'000};
  group_options options;
  coordinator core{options};
  std::int64_t time = 1'000'000;
  request_token token = 0;
  std::map<request_token, reply> replies;
  bool hold = false;
  errc outcome = errc::none;
  std::vector<write> held;
};

TEST_F(classic, new_member_has_to_come_again_with_its_id) {
  const auto first = join("", "a", true);
  EXPECT_EQ(joined(first).error, errc::member_id_required);
  EXPECT_EQ(joined(first).member, "a");
  const auto second = join("a", "b", true);
  pass(1);
  EXPECT_EQ(joined(second).error, errc::none);
  EXPECT_EQ(joined(second).leader, "a");
  EXPECT_EQ(joined(second).members.size(), 1U);
}

TEST_F(classic, who_does_not_come_again_is_forgotten_with_his_group) {
  join("", "a", true);
  pass(10'001);
  EXPECT_EQ(core.describe("g").error, errc::group_id_not_found);
  const auto late = join("a");
  EXPECT_EQ(joined(late).error, errc::unknown_member_id);
}

TEST_F(classic, first_rebalance_waits_for_more_members) {
  options.initial_rebalance_delay = milliseconds(3000);
  const auto first = join("", "a");
  pass(2000);
  const auto second = join("", "b");
  pass(2999);
  EXPECT_FALSE(answered(first));  // the second has put it off
  pass(1);
  ASSERT_TRUE(answered(first));
  EXPECT_EQ(joined(first).generation, 1);
  EXPECT_EQ(joined(second).generation, 1);
  EXPECT_EQ(joined(first).members.size() + joined(second).members.size(), 2U);
}

TEST_F(classic, first_rebalance_is_not_put_off_for_ever) {
  options.initial_rebalance_delay = milliseconds(3000);
  const auto first = join("", "m0");
  int passed = 0;
  for (int number = 1; !answered(first) && number < 100; ++number) {
    pass(2000);
    passed += 2000;
    if (!answered(first)) {
      join("", "m" + std::to_string(number));
    }
  }
  EXPECT_TRUE(answered(first));
  EXPECT_EQ(passed, rebalance_timeout.count());
}

TEST_F(classic, assignments_are_given_out_when_they_are_stored) {
  join("", "a");
  pass(1);
  hold = true;
  const auto asked = sync("a", 1, {{"a", "all"}});
  EXPECT_FALSE(answered(asked));
  EXPECT_EQ(core.describe("g").state, "CompletingRebalance");
  release(errc::none);
  EXPECT_EQ(as_text(view_of(synced(asked).assignment)), "all");
  EXPECT_EQ(core.describe("g").state, "Stable");
}

TEST_F(classic, assignments_that_cannot_be_stored_begin_the_rebalance_anew) {
  join("", "a");
  pass(1);
  hold = true;
  const auto asked = sync("a", 1, {{"a", "all"}});
  release(errc::not_available);
  EXPECT_EQ(synced(asked).error, errc::not_available);
  EXPECT_EQ(core.describe("g").state, "PreparingRebalance");
}

TEST_F(classic, old_generations_and_strangers_are_fenced) {
  settle_one();
  EXPECT_EQ(beat("a", 1), errc::none);
  EXPECT_EQ(beat("a", 0), errc::illegal_generation);
  EXPECT_EQ(beat("b", 1), errc::unknown_member_id);
  EXPECT_EQ(commit("a", 0, 5), errc::illegal_generation);
  EXPECT_EQ(commit("b", 1, 5), errc::unknown_member_id);
  EXPECT_EQ(commit("", -1, 5), errc::unknown_member_id);
  EXPECT_EQ(commit("a", 1, 5), errc::none);
  EXPECT_EQ(fetched(), 5);
}

TEST_F(classic, newcomer_makes_the_others_join_again) {
  settle_one();
  const auto second = join("", "b");
  EXPECT_EQ(beat("a", 1), errc::rebalance_in_progress);
  EXPECT_FALSE(answered(second));
  const auto first = join("a");
  EXPECT_EQ(joined(first).generation, 2);
  EXPECT_EQ(joined(second).generation, 2);
  EXPECT_TRUE(joined(second).members.empty());
  EXPECT_EQ(commit("a", 2, 1), errc::rebalance_in_progress);  // it waits for its part
}

TEST_F(classic, who_misses_the_rebalance_is_out) {
  settle_one();
  const auto second = join("", "b");
  for (int beats = 0; beats < 6; ++beats) {
    pass(5000);
    (void)beat("a", 1);
  }
  pass(1);
  EXPECT_EQ(joined(second).leader, "b");
  EXPECT_EQ(beat("a", 1), errc::unknown_member_id);
}

TEST_F(classic, session_that_ends_takes_the_member_out) {
  settle_one();
  pass(10'001);
  EXPECT_EQ(core.describe("g").state, "Empty");
  EXPECT_EQ(beat("a", 1), errc::unknown_member_id);
  EXPECT_EQ(commit("", -1, 7), errc::none);  // nobody is there any more
}

TEST_F(classic, static_member_that_comes_back_disturbs_nobody) {
  settle_one("i");
  const auto again = join("", "b", false, "i");
  EXPECT_EQ(joined(again).error, errc::none);
  EXPECT_EQ(joined(again).generation, 1);
  EXPECT_EQ(joined(again).member, "b");
  EXPECT_EQ(joined(again).leader, "a");  // so that it does not deal out work
  EXPECT_EQ(core.describe("g").state, "Stable");
  EXPECT_EQ(beat("a", 1, "i"), errc::fenced_instance_id);
  EXPECT_EQ(as_text(view_of(synced(sync("b", 1)).assignment)), "all");
}

TEST_F(classic, static_leader_that_comes_back_is_told_to_skip_the_assignment) {
  settle_one("i");
  const auto again = join("", "b", false, "i", "m", true);
  EXPECT_TRUE(joined(again).skip_assignment);
  EXPECT_EQ(joined(again).leader, "b");
  EXPECT_EQ(joined(again).members.size(), 1U);
}

TEST_F(classic, member_that_repeats_its_join_gets_the_answer_again) {
  settle_one();
  join("", "b");
  join("a");
  const auto again = join("b");  // it has missed the answer
  EXPECT_EQ(joined(again).generation, 2);
  EXPECT_EQ(core.describe("g").state, "CompletingRebalance");
}

TEST_F(classic, leader_that_joins_again_begins_a_rebalance) {
  settle_one();
  const auto again = join("a");
  EXPECT_EQ(joined(again).generation, 2);
}

TEST_F(classic, s19_group_that_rebalances_all_the_time_waits_after_a_minutes_worth) {
  options.rebalances_per_minute_max = 2;
  settle_one();
  EXPECT_EQ(joined(join("a")).generation, 2);
  sync("a", 2, {{"a", "all"}});
  const auto third = join("a");
  const auto other = join("", "b");
  pass(29'999);
  EXPECT_FALSE(answered(third));
  pass(1);
  EXPECT_EQ(joined(third).generation, 3);
  EXPECT_EQ(joined(other).generation, 3) << "both in one";
}

TEST_F(classic, groups_are_no_larger_than_they_may_be) {
  options.group_size_max = 1;
  settle_one();
  const auto second = join("", "b");
  EXPECT_EQ(joined(second).error, errc::group_full);
  EXPECT_EQ(joined(second).member, "");
}

TEST_F(classic, metadata_of_members_is_bounded) {
  options.member_metadata_bytes_max = 10;
  EXPECT_EQ(joined(join("", "a", false, std::nullopt, "much more than it may")).error,
            errc::member_metadata_too_large);
}

TEST_F(classic, who_waited_in_a_sync_that_fails_has_a_whole_session_again) {
  join("", "a");
  join("", "b");
  pass(1);
  const auto waiting = sync("b", 1);  // the leader does not come
  pass(9999);
  (void)beat("a", 1);
  pass(5000);
  EXPECT_FALSE(answered(waiting));
  (void)join("", "c");
  EXPECT_EQ(synced(waiting).error, errc::rebalance_in_progress);
  pass(5000);
  EXPECT_EQ(beat("b", 1), errc::rebalance_in_progress);  // it is still there
}

TEST_F(classic, protocol_has_to_be_known_to_all_members_that_are_there) {
  const auto come = [this](std::string_view id, std::vector<std::string_view> names) {
    join_request event;
    event.group = "g";
    event.member = {"", std::nullopt};
    event.protocol_type = "consumer";
    for (const std::string_view name : names) {
      event.protocols.push_back({name, as_bytes("m")});
    }
    event.session_timeout = milliseconds(10'000);
    event.rebalance_timeout = rebalance_timeout;
    event.new_member_id = id;
    actions out;
    core.join(event, ++token, now(), out);
    errc said = errc::none;
    for (const reply& each : out.replies) {
      said = each.to == token ? std::get<join_reply>(each.what).error : said;
    }
    perform(std::move(out));
    return said;
  };
  EXPECT_EQ(come("a", {"range", "sticky", "range"}), errc::none);
  EXPECT_EQ(come("b", {"sticky", "other"}), errc::none);
  EXPECT_EQ(come("c", {"range"}), errc::inconsistent_protocol);
  EXPECT_EQ(come("c", {"other"}), errc::inconsistent_protocol);
  EXPECT_EQ(come("c", {"other", "sticky"}), errc::none);
  actions out;
  const std::vector<member_claim> gone{{"a", std::nullopt}};
  EXPECT_EQ(core.leave("g", gone, now(), out).at(0), errc::none);
  perform(std::move(out));
  EXPECT_EQ(come("d", {"range"}), errc::inconsistent_protocol);
  EXPECT_EQ(come("d", {"other"}), errc::none) << "the one who did not know it is gone";
}

TEST_F(classic, protocols_of_a_member_are_bounded) {
  options.member_protocols_max = 0;
  EXPECT_EQ(joined(join("", "a")).error, errc::member_metadata_too_large);
}

TEST_F(classic, rebalance_timeout_of_nothing_does_not_make_the_group_spin) {
  rebalance_timeout = milliseconds(-5);
  settle_one("i");
  join("", "b");
  pass(1);  // "b" is in, the static member keeps its place
  ASSERT_TRUE(core.next_deadline());
  std::size_t rounds = 0;
  for (; core.describe("g").state != "Empty" && rounds < 1000; ++rounds) {
    pass(std::max<std::int64_t>(core.next_deadline()->count() - time, 1));
  }
  EXPECT_LT(rounds, 300U);
}

TEST_F(classic, session_timeouts_outside_the_bounds_are_refused) {
  options.session_timeout_min = milliseconds(20'000);
  EXPECT_EQ(joined(join("")).error, errc::invalid_session_timeout);
}

TEST_F(classic, offset_metadata_and_offsets_of_a_group_are_bounded) {
  options.offset_metadata_bytes_max = 3;
  EXPECT_EQ(commit("", -1, 1, "four"), errc::offset_metadata_too_large);
  EXPECT_EQ(core.describe("g").error, errc::group_id_not_found);  // nothing is left of the attempt
  options.offsets_per_group_max = 0;
  EXPECT_EQ(commit("", -1, 1), errc::limit_reached);
  options.groups_max = 0;
  EXPECT_EQ(commit("", -1, 1), errc::limit_reached);
}

TEST_F(classic, offsets_are_seen_when_they_are_stored) {
  EXPECT_EQ(commit("", -1, 1), errc::none);
  hold = true;
  commit_request event;
  event.group = "g";
  event.rows = {{"t", {}, 0, 2, -1, ""}};
  actions out;
  core.commit(event, 99, now(), out);
  perform(std::move(out));
  EXPECT_EQ(fetched(), 1);
  release(errc::not_available);
  EXPECT_EQ(std::get<rows_reply>(replies.at(99).what).rows.at(0), errc::not_available);
  EXPECT_EQ(fetched(), 1);
}

TEST_F(classic, empty_group_loses_its_offsets_when_they_are_old) {
  settle_one();
  EXPECT_EQ(commit("a", 1, 5), errc::none);
  pass(10'001);  // the session ends
  pass(options.offsets_retention.count() - 10'000);
  EXPECT_EQ(fetched(), 5);
  pass(options.offsets_retention_check_interval.count() + 10'000);
  EXPECT_EQ(fetched(), -1);
  EXPECT_EQ(core.describe("g").error, errc::group_id_not_found);
}

TEST_F(classic, deletion_takes_the_offsets_and_keeps_others_out_meanwhile) {
  EXPECT_EQ(commit("", -1, 5), errc::none);
  hold = true;
  actions out;
  core.delete_group("g", 50, out);
  perform(std::move(out));
  EXPECT_EQ(joined(join("", "a")).error, errc::loading);
  release(errc::none);
  EXPECT_EQ(std::get<rows_reply>(replies.at(50).what).error, errc::none);
  EXPECT_EQ(core.describe("g").error, errc::group_id_not_found);
}

TEST_F(classic, group_with_members_is_not_deleted) {
  settle_one();
  actions out;
  core.delete_group("g", 50, out);
  perform(std::move(out));
  EXPECT_EQ(std::get<rows_reply>(replies.at(50).what).error, errc::group_not_empty);
}

TEST_F(classic, deleted_topics_take_their_offsets_along) {
  EXPECT_EQ(commit("", -1, 5), errc::none);
  actions out;
  core.topics_deleted(std::vector<std::string>{"t"}, out);
  perform(std::move(out));
  EXPECT_EQ(fetched(), -1);
}

}  // namespace
}  // namespace tidemill::groups
