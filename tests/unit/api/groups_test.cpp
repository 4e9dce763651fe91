#include <optional>
#include <string>
#include <vector>

#include "protocol/consumer_group_describe.hpp"
#include "protocol/consumer_group_heartbeat.hpp"
#include "protocol/delete_groups.hpp"
#include "protocol/describe_groups.hpp"
#include "protocol/find_coordinator.hpp"
#include "protocol/heartbeat.hpp"
#include "protocol/join_group.hpp"
#include "protocol/leave_group.hpp"
#include "protocol/list_groups.hpp"
#include "protocol/offset_commit.hpp"
#include "protocol/offset_delete.hpp"
#include "protocol/offset_fetch.hpp"
#include "protocol/sync_group.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using protocol::wire_error;
using test::test_broker;

void make_coordinators(test_broker& broker) {
  protocol::find_coordinator_request request;
  request.coordinator_keys = {"g"};
  (void)broker.ask<protocol::find_coordinator_response>(request, 4);
  broker.settle();
}

protocol::offset_commit_request commit_of(std::int64_t value, const topic_id& id = {}) {
  protocol::offset_commit_request request;
  request.group_id = "g";
  request.generation_id_or_member_epoch = -1;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.topic_id = id;
  topic.partitions.push_back({partition_index{0}, offset{value}, leader_epoch{-1}, "note"});
  return request;
}

std::int64_t committed(test_broker& broker) {
  protocol::offset_fetch_request request;
  auto& group = request.groups.emplace_back();
  group.group_id = "g";
  group.topics = std::nullopt;
  const auto answer = broker.ask<protocol::offset_fetch_response>(request, 8);
  const auto& topics = answer->groups.at(0).topics;
  return topics.empty() ? -1 : topics[0].partitions.at(0).committed_offset.value();
}

TEST(groups, requests_before_there_are_coordinators_are_sent_on) {
  test_broker broker;
  protocol::heartbeat_request request;
  request.group_id = "g";
  request.member_id = "m";
  for (std::int16_t version = 0; version <= 4; ++version) {
    EXPECT_EQ(broker.ask<protocol::heartbeat_response>(request, version)->error_code,
              wire_error::not_coordinator);
  }
}

TEST(offset_commit, comes_back_in_every_version_of_offset_fetch) {
  test_broker broker({.shard_count = 3});
  const auto id = broker.create_topic("t");
  make_coordinators(broker);
  std::int64_t value = 10;
  for (std::int16_t version = 2; version <= 10; ++version) {
    auto request = commit_of(++value, id);
    if (version < 6) {
      request.topics[0].partitions[0].committed_leader_epoch = leader_epoch{-1};
    }
    const auto answer = broker.ask<protocol::offset_commit_response>(request, version);
    ASSERT_TRUE(answer) << version;
    EXPECT_EQ(answer->topics.at(0).partitions.at(0).error_code, wire_error::none) << version;
    EXPECT_EQ(committed(broker), value) << version;
  }
  for (std::int16_t version = 1; version <= 7; ++version) {
    protocol::offset_fetch_request request;
    request.group_id = "g";
    request.topics = {{{"t", {partition_index{0}, partition_index{7}}}}};
    const auto answer = broker.ask<protocol::offset_fetch_response>(request, version);
    ASSERT_TRUE(answer) << version;
    const auto& rows = answer->topics.at(0).partitions;
    EXPECT_EQ(rows.at(0).committed_offset, offset{value});
    EXPECT_EQ(rows.at(0).metadata, "note");
    EXPECT_EQ(rows.at(1).committed_offset, offset{-1});
  }
}

TEST(offset_commit, names_what_is_not_there) {
  test_broker broker;
  broker.create_topic("t");
  make_coordinators(broker);
  auto request = commit_of(1);
  request.topics[0].partitions[0].partition_index = partition_index{9};
  request.topics.push_back(request.topics[0]);
  request.topics[1].name = "nosuch";
  const auto answer = broker.ask<protocol::offset_commit_response>(request, 8);
  EXPECT_EQ(answer->topics.at(0).partitions.at(0).error_code,
            wire_error::unknown_topic_or_partition);
  EXPECT_EQ(answer->topics.at(1).partitions.at(0).error_code,
            wire_error::unknown_topic_or_partition);
  auto by_id = commit_of(1, uuid{{9}});
  EXPECT_EQ(broker.ask<protocol::offset_commit_response>(by_id, 10)
                ->topics.at(0)
                .partitions.at(0)
                .error_code,
            wire_error::unknown_topic_id);
}

TEST(groups, member_joins_syncs_beats_and_leaves_in_every_version) {
  test_broker broker({.shard_count = 2});
  make_coordinators(broker);
  for (std::int16_t version = 0; version <= 9; ++version) {
    const std::string name = "group-" + std::to_string(version);
    protocol::join_group_request join;
    join.group_id = name;
    join.session_timeout_ms = 10'000;
    join.rebalance_timeout_ms = version >= 1 ? 10'000 : -1;
    join.protocol_type = "consumer";
    join.protocols.push_back({"range", as_bytes("metadata")});
    std::string member;
    if (version >= 4) {
      const auto first = broker.ask<protocol::join_group_response>(join, version);
      ASSERT_EQ(first->error_code, wire_error::member_id_required);
      member = first->member_id;
      join.member_id = member;
    }
    const auto waiting = broker.submit(test_broker::frame_of(join, version));
    broker.settle();
    EXPECT_EQ(waiting->what, test::reply::kind::none_yet);
    broker.advance(std::chrono::seconds(4));  // the initial delay
    const auto joined = test_broker::decode<protocol::join_group_response>(*waiting, version);
    ASSERT_TRUE(joined) << version;
    EXPECT_EQ(joined->error_code, wire_error::none);
    EXPECT_EQ(joined->generation_id, 1);
    ASSERT_EQ(joined->members.size(), 1U);
    member = joined->member_id;

    protocol::sync_group_request sync;
    sync.group_id = name;
    sync.generation_id = 1;
    sync.member_id = member;
    sync.protocol_type = "consumer";
    sync.protocol_name = "range";
    sync.assignments.push_back({member, as_bytes("everything")});
    const auto synced =
        broker.ask<protocol::sync_group_response>(sync, std::min<std::int16_t>(version, 5));
    ASSERT_TRUE(synced) << version;
    EXPECT_EQ(as_text(synced->assignment), "everything");

    protocol::heartbeat_request beat;
    beat.group_id = name;
    beat.generation_id = 1;
    beat.member_id = member;
    const auto beat_version = std::min<std::int16_t>(version, 4);
    EXPECT_EQ(broker.ask<protocol::heartbeat_response>(beat, beat_version)->error_code,
              wire_error::none);

    protocol::describe_groups_request describe;
    describe.groups = {name};
    const auto shown = broker.ask<protocol::describe_groups_response>(
        describe, std::min<std::int16_t>(version, 6));
    EXPECT_EQ(shown->groups.at(0).group_state, "Stable");
    EXPECT_EQ(shown->groups.at(0).members.at(0).client_host, "/127.0.0.1");

    protocol::leave_group_request leave;
    leave.group_id = name;
    const auto leave_version = std::min<std::int16_t>(version, 5);
    if (leave_version < 3) {
      leave.member_id = member;
    } else {
      leave.members.push_back({member, std::nullopt, std::nullopt});
    }
    const auto left = broker.ask<protocol::leave_group_response>(leave, leave_version);
    EXPECT_EQ(left->error_code, wire_error::none);
    EXPECT_EQ(broker.ask<protocol::heartbeat_response>(beat, beat_version)->error_code,
              wire_error::unknown_member_id);
  }
  protocol::list_groups_request list;
  list.states_filter = {"empty"};
  EXPECT_EQ(broker.ask<protocol::list_groups_response>(list, 4)->groups.size(), 10U);
}

// Kafka answers each time; clients never ask twice.
TEST(groups, group_named_again_and_again_is_answered_only_so_often) {
  test_broker broker;
  make_coordinators(broker);
  protocol::describe_groups_request described;
  described.groups.assign(20'000, "g");
  const auto groups = broker.ask<protocol::describe_groups_response>(described, 5);
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->groups.size(), 11U);
  protocol::consumer_group_describe_request consumers;
  consumers.group_ids.assign(20'000, "g");
  const auto shown = broker.ask<protocol::consumer_group_describe_response>(consumers, 0);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->groups.size(), 11U);
  protocol::offset_fetch_request fetched;
  fetched.groups.resize(1000);
  for (auto& each : fetched.groups) {
    each.group_id = "g";
    each.topics = std::nullopt;
  }
  const auto offsets = broker.ask<protocol::offset_fetch_response>(fetched, 8);
  ASSERT_TRUE(offsets);
  EXPECT_EQ(offsets->groups.size(), 11U);
}

TEST(groups, deletion_takes_offsets_and_group) {
  test_broker broker;
  broker.create_topic("t");
  make_coordinators(broker);
  (void)broker.ask<protocol::offset_commit_response>(commit_of(5), 8);
  protocol::offset_delete_request offsets;
  offsets.group_id = "g";
  offsets.topics.push_back({"t", {{partition_index{0}}}});
  EXPECT_EQ(broker.ask<protocol::offset_delete_response>(offsets, 0)->error_code, wire_error::none);
  EXPECT_EQ(committed(broker), -1);
  (void)broker.ask<protocol::offset_commit_response>(commit_of(6), 8);
  protocol::delete_groups_request groups;
  groups.groups_names = {"g", "nobody"};
  const auto answer = broker.ask<protocol::delete_groups_response>(groups, 2);
  EXPECT_EQ(answer->results.at(0).error_code, wire_error::none);
  EXPECT_EQ(answer->results.at(1).error_code, wire_error::group_id_not_found);
  EXPECT_EQ(committed(broker), -1);
}

TEST(groups, deleted_topic_takes_its_offsets_along) {
  test_broker broker({.shard_count = 2});
  broker.create_topic("t");
  make_coordinators(broker);
  (void)broker.ask<protocol::offset_commit_response>(commit_of(5), 8);
  broker.delete_topic("t");
  broker.create_topic("t");
  EXPECT_EQ(committed(broker), -1);
}

TEST(consumer_group_heartbeat, assigns_by_expression_and_is_described) {
  test_broker broker({.shard_count = 2});
  const auto id = broker.create_topic("orders.new", 2);
  broker.create_topic("other");
  make_coordinators(broker);
  protocol::consumer_group_heartbeat_request beat;
  beat.group_id = "g";
  beat.member_id = "m";
  beat.rebalance_timeout_ms = 1000;
  beat.subscribed_topic_regex = "orders\\..*";
  beat.topic_partitions.emplace();
  const auto answer = broker.ask<protocol::consumer_group_heartbeat_response>(beat, 1);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->error_code, wire_error::none);
  ASSERT_TRUE(answer->assignment);
  ASSERT_EQ(answer->assignment->topic_partitions.size(), 1U);
  EXPECT_EQ(answer->assignment->topic_partitions[0].topic_id, id);
  EXPECT_EQ(answer->assignment->topic_partitions[0].partitions.size(), 2U);

  protocol::consumer_group_describe_request describe;
  describe.group_ids = {"g", "nobody"};
  const auto shown = broker.ask<protocol::consumer_group_describe_response>(describe, 1);
  EXPECT_EQ(shown->groups.at(0).group_state, "Stable");
  EXPECT_EQ(shown->groups.at(0).members.at(0).assignment.topic_partitions.at(0).topic_name,
            "orders.new");
  EXPECT_EQ(shown->groups.at(1).error_code, wire_error::group_id_not_found);

  beat.subscribed_topic_regex = "[";
  EXPECT_EQ(broker.ask<protocol::consumer_group_heartbeat_response>(beat, 1)->error_code,
            wire_error::invalid_regular_expression);
}

}  // namespace
}  // namespace tidemill::api
