#include "metadata/records.hpp"

#include <gtest/gtest.h>

#include "metadata/errc.hpp"

namespace tidemill::metadata {
namespace {

const topic_id some_topic = make_random_uuid(1, 2);

std::vector<metadata_record> one_of_each() {
  partition state;
  state.replicas = {broker_id{1}, broker_id{2}};
  state.in_sync_replicas = {broker_id{2}};
  state.leader = broker_id{2};
  state.leader_epoch = leader_epoch{3};
  state.partition_epoch = partition_epoch{4};
  partition leaderless = state;
  leaderless.leader.reset();
  partition_change_record change{some_topic, partition_index{1}, std::nullopt, std::nullopt, {}};
  partition_change_record no_leader = change;
  no_leader.leader.emplace(std::nullopt);
  partition_change_record all = change;
  all.replicas = {broker_id{5}};
  all.in_sync_replicas.emplace();
  all.leader.emplace(broker_id{5});
  return {
      cluster_record{some_topic},
      broker_record{broker_id{1},
                    std::nullopt,
                    some_topic,
                    {{"plain", "localhost", 9092}, {"tls", "::1", 65535}},
                    "rack"},
      broker_record{broker_id{1}, broker_epoch{9}, some_topic, {}, std::nullopt},
      remove_broker_record{broker_id{1}, broker_epoch{9}},
      topic_record{"a.topic", some_topic},
      partition_record{some_topic, partition_index{7}, state},
      partition_record{some_topic, partition_index{7}, leaderless},
      change,
      no_leader,
      all,
      remove_topic_record{some_topic},
      topic_setting_record{some_topic, "retention.ms", "5"},
      topic_setting_record{some_topic, "retention.ms", std::nullopt},
      feature_level_record{"metadata.version", 25},
      producer_ids_record{broker_id{1}, broker_epoch{2}, producer_id{3000}},
      rule_record{"orders.lua", "abc", "return 1", 5},
      rule_record{"orders.lua", {}, std::nullopt, 0},
      client_quota_record{{{"user", "u"}, {"client-id", std::nullopt}}, "producer_byte_rate", 5},
      client_quota_record{{{"ip", "::1"}}, "connection_creation_rate", std::nullopt}};
}

TEST(records, encoding_and_decoding_gives_the_same_bytes_again) {
  for (const auto& value : one_of_each()) {
    const auto bytes = encode_record(value);
    const auto decoded = decode_record(bytes);
    ASSERT_TRUE(decoded.has_value()) << value.index();
    EXPECT_EQ(decoded->index(), value.index());
    EXPECT_EQ(encode_record(*decoded), bytes) << value.index();
  }
}

TEST(records, a_partition_change_keeps_what_is_unset_apart_from_what_is_none) {
  const auto values = one_of_each();
  const auto unset = decode_record(encode_record(values[7]));
  const auto none = decode_record(encode_record(values[8]));
  ASSERT_TRUE(unset && none);
  EXPECT_FALSE(std::get<partition_change_record>(*unset).leader.has_value());
  ASSERT_TRUE(std::get<partition_change_record>(*none).leader.has_value());
  EXPECT_FALSE(std::get<partition_change_record>(*none).leader->has_value());
}

TEST(records, every_cut_of_a_record_is_refused) {
  for (const auto& value : one_of_each()) {
    const auto bytes = encode_record(value);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_record(bytes_view(bytes).first(size)).has_value()) << value.index();
    }
  }
}

TEST(records, what_a_newer_version_wrote_is_named_as_such) {
  auto bytes = encode_record(topic_record{"t", some_topic});
  bytes[1] = std::byte{1};
  EXPECT_EQ(decode_record(bytes).error(), errc::record_version_unknown);
  bytes[0] = std::byte{0x7f};
  EXPECT_EQ(decode_record(bytes).error(), errc::record_type_unknown);
  EXPECT_EQ(decode_record({}).error(), errc::record_invalid);
}

TEST(records, unknown_tagged_fields_are_skipped) {
  auto bytes = encode_record(remove_topic_record{some_topic});
  ASSERT_EQ(bytes.back(), std::byte{0});
  bytes.back() = std::byte{1};
  for (const int extra : {200, 1, 2, 7, 7}) {  // tag 200 (two bytes), size 2, two bytes
    bytes.push_back(static_cast<std::byte>(extra));
  }
  const auto decoded = decode_record(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(std::get<remove_topic_record>(*decoded).topic, some_topic);
}

}  // namespace
}  // namespace tidemill::metadata
