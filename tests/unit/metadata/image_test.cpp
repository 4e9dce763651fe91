#include "metadata/image.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "metadata/errc.hpp"
#include "metadata/image_builder.hpp"
#include "tests/unit/metadata/memory_quorum.hpp"

namespace tidemill::metadata {
namespace {

using shared_image = std::shared_ptr<const image>;

topic_id id_of(std::uint64_t number) {
  return make_random_uuid(number, 77);
}

std::vector<metadata_record> new_topic_records(const std::string& name, const topic_id& id,
                                               int partitions = 1) {
  std::vector<metadata_record> records{topic_record{name, id}};
  for (int i = 0; i < partitions; ++i) {
    partition_record added{id, partition_index{i}, {}};
    added.state.replicas = {broker_id{1}};
    added.state.in_sync_replicas = {broker_id{1}};
    added.state.leader = broker_id{1};
    records.emplace_back(added);
  }
  return records;
}

image_builder::outcome after(const shared_image& base, const std::vector<metadata_record>& records,
                             std::int64_t index = 1) {
  image_builder builder(base);
  for (const auto& each : records) {
    EXPECT_TRUE(builder.apply(each, log_index{index}).has_value());
  }
  return builder.finish({log_index{index}, term{1}});
}

bool refused(const shared_image& base, const metadata_record& change) {
  image_builder builder(base);
  const auto applied = builder.apply(change, log_index{1});
  return !applied && applied.error() == errc::record_invalid;
}

const shared_image empty = std::make_shared<const image>();

TEST(image, a_topic_is_found_by_name_by_id_and_in_order) {
  const auto made = after(empty, new_topic_records("t", id_of(1), 3));
  const auto* found = made.now->find_topic("t");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(made.now->find_topic(id_of(1)), found);
  EXPECT_EQ(&*made.now->topics().begin(), found);
  EXPECT_EQ(made.now->partition_count(), 3U);
  EXPECT_EQ(made.now->find_partition(id_of(1), partition_index{2}), &found->partitions[2]);
  EXPECT_EQ(made.now->find_partition(id_of(1), partition_index{3}), nullptr);
  EXPECT_EQ(made.now->find_partition(id_of(1), partition_index{-1}), nullptr);
  EXPECT_EQ(made.now->find_topic("u"), nullptr);
  ASSERT_EQ(made.delta.topics.size(), 1U);
  EXPECT_EQ(made.delta.topics[0].before, nullptr);
  EXPECT_EQ(made.delta.topics[0].partitions.size(), 3U);
}

TEST(image, an_older_image_never_changes) {
  const auto first = after(empty, new_topic_records("a", id_of(1)));
  const auto* a = first.now->find_topic("a");
  const auto second = after(first.now, {topic_setting_record{id_of(1), "retention.ms", "5"}});
  const auto third = after(second.now, {remove_topic_record{id_of(1)}});
  EXPECT_EQ(first.now->find_topic("a"), a);
  EXPECT_TRUE(a->settings.empty());
  EXPECT_EQ(second.now->find_topic("a")->settings.size(), 1U);
  EXPECT_EQ(third.now->find_topic("a"), nullptr);
  EXPECT_EQ(third.now->find_topic(id_of(1)), nullptr);
  EXPECT_EQ(third.now->topic_count(), 0U);
  EXPECT_EQ(third.now->partition_count(), 0U);
  EXPECT_EQ(empty->topic_count(), 0U);
}

TEST(image, images_share_what_did_not_change) {
  const auto first = after(empty, new_topic_records("a", id_of(1)));
  const auto second = after(first.now, new_topic_records("b", id_of(2)));
  EXPECT_EQ(first.now->find_topic("a"), second.now->find_topic("a"));
}

TEST(image, records_that_contradict_the_state_are_refused) {
  const auto base = after(empty, new_topic_records("a", id_of(1))).now;
  const auto second = after(base, {cluster_record{id_of(9)}}).now;
  EXPECT_TRUE(refused(base, topic_record{"a", id_of(2)}));
  EXPECT_TRUE(refused(base, topic_record{"b", id_of(1)}));
  EXPECT_TRUE(refused(base, topic_record{"../b", id_of(2)}));
  EXPECT_TRUE(refused(base, topic_record{"b", topic_id{}}));
  EXPECT_TRUE(refused(base, remove_topic_record{id_of(2)}));
  EXPECT_TRUE(refused(
      base, partition_record{id_of(1), partition_index{2}, {{broker_id{1}}, {}, {}, {}, {}}}));
  EXPECT_TRUE(refused(base, partition_record{id_of(1), partition_index{1}, {}}));
  EXPECT_TRUE(refused(
      base, partition_record{id_of(2), partition_index{0}, {{broker_id{1}}, {}, {}, {}, {}}}));
  EXPECT_TRUE(refused(base, partition_change_record{id_of(1), partition_index{1}, {}, {}, {}}));
  EXPECT_TRUE(refused(base, topic_setting_record{id_of(3), "retention.ms", "1"}));
  EXPECT_TRUE(refused(base, remove_broker_record{broker_id{1}, broker_epoch{1}}));
  EXPECT_TRUE(refused(base, producer_ids_record{broker_id{1}, broker_epoch{1}, producer_id{-1}}));
  EXPECT_TRUE(refused(second, cluster_record{id_of(9)}));
}

TEST(image, a_changed_leader_raises_its_epoch) {
  const auto base = after(empty, new_topic_records("a", id_of(1), 2)).now;
  partition_change_record change{id_of(1), partition_index{1}, std::nullopt, std::nullopt, {}};
  change.in_sync_replicas.emplace();
  const auto shrunk = after(base, {change});
  const auto* state = shrunk.now->find_partition(id_of(1), partition_index{1});
  EXPECT_EQ(state->leader_epoch, leader_epoch{0});
  EXPECT_EQ(state->partition_epoch, partition_epoch{1});
  EXPECT_TRUE(state->in_sync_replicas.empty());
  EXPECT_EQ(state->leader, broker_id{1});
  ASSERT_EQ(shrunk.delta.topics.size(), 1U);
  EXPECT_EQ(shrunk.delta.topics[0].partitions, std::vector{partition_index{1}});
  change.leader.emplace(std::nullopt);
  const auto leaderless = after(shrunk.now, {change}).now;
  EXPECT_EQ(leaderless->find_partition(id_of(1), partition_index{1})->leader, std::nullopt);
  EXPECT_EQ(leaderless->find_partition(id_of(1), partition_index{1})->leader_epoch,
            leader_epoch{1});
}

TEST(image, a_restarted_broker_raises_the_epochs_of_what_it_leads) {
  const endpoint plain{"plain", "localhost", 9092};
  const auto registered =
      after(empty, {broker_record{broker_id{1}, {}, id_of(100), {plain}, {}}}, 5);
  EXPECT_EQ(registered.delta.brokers, std::vector{broker_id{1}});
  const auto* first = registered.now->find_broker(broker_id{1});
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->epoch, broker_epoch{5});
  EXPECT_EQ(*first->endpoint_of("plain"), plain);
  EXPECT_EQ(first->endpoint_of("tls"), nullptr);
  const auto base = after(registered.now, new_topic_records("a", id_of(1), 2)).now;
  const auto same = after(base, {broker_record{broker_id{1}, {}, id_of(100), {plain}, {}}}, 6);
  EXPECT_TRUE(same.delta.topics.empty());
  const auto again = after(base, {broker_record{broker_id{1}, {}, id_of(101), {plain}, {}}}, 7);
  ASSERT_EQ(again.delta.topics.size(), 1U);
  EXPECT_EQ(again.delta.topics[0].partitions.size(), 2U);
  EXPECT_EQ(again.now->find_partition(id_of(1), partition_index{0})->leader_epoch, leader_epoch{1});
  EXPECT_EQ(again.now->find_broker(broker_id{1})->epoch, broker_epoch{7});
}

TEST(image, features_and_producer_ids_are_kept) {
  const auto made =
      after(empty, {feature_level_record{"b", 2}, feature_level_record{"a", 1},
                    feature_level_record{"b", 3},
                    producer_ids_record{broker_id{1}, broker_epoch{1}, producer_id{1000}}});
  ASSERT_EQ(made.now->features().size(), 2U);
  EXPECT_EQ(made.now->features()[1], (feature_level{"b", 3}));
  EXPECT_EQ(made.now->next_producer_id(), producer_id{1000});
  EXPECT_TRUE(made.delta.features_changed && made.delta.producer_ids_changed);
  EXPECT_EQ(after(made.now, {feature_level_record{"b", 0}}).now->features().size(), 1U);
}

TEST(image, client_quotas_are_kept_until_their_last_value_goes) {
  const quota_entity who{{"client-id", "a"}};
  const auto made = after(empty, {client_quota_record{who, "producer_byte_rate", 5},
                                  client_quota_record{who, "consumer_byte_rate", 6},
                                  client_quota_record{who, "producer_byte_rate", 7}});
  EXPECT_NE(made.now->shared_quotas(), empty->shared_quotas());
  const quota_values both{{"consumer_byte_rate", 6}, {"producer_byte_rate", 7}};
  ASSERT_NE(made.now->client_quotas().find(who), nullptr);
  EXPECT_EQ(made.now->client_quotas().find(who)->values, both);
  EXPECT_EQ(made.now->client_quotas().size(), 1U);
  const auto same = after(made.now, {feature_level_record{"b", 2}});
  EXPECT_EQ(same.now->shared_quotas(), made.now->shared_quotas());
  const auto less = after(made.now, {client_quota_record{who, "producer_byte_rate", std::nullopt}});
  EXPECT_EQ(less.now->client_quotas().find(who)->values.size(), 1U);
  EXPECT_EQ(made.now->client_quotas().find(who)->values, both) << "images do not change";
  const auto none = after(less.now, {client_quota_record{who, "consumer_byte_rate", std::nullopt}});
  EXPECT_TRUE(none.now->client_quotas().empty());
  EXPECT_FALSE(none.now->same_state(*made.now));
}

TEST(image, a_name_that_differs_in_dots_only_collides) {
  const auto made = after(empty, new_topic_records("a.b_c", id_of(1))).now;
  EXPECT_NE(made->find_colliding_topic("a_b.c"), nullptr);
  EXPECT_EQ(made->find_colliding_topic("a-b-c"), nullptr);
  EXPECT_EQ(after(made, {remove_topic_record{id_of(1)}}).now->find_colliding_topic("a_b_c"),
            nullptr);
}

TEST(image, a_topic_made_again_is_a_removal_and_an_addition) {
  const auto base = after(empty, new_topic_records("a", id_of(1))).now;
  auto records = std::vector<metadata_record>{remove_topic_record{id_of(1)}};
  std::ranges::move(new_topic_records("a", id_of(2)), std::back_inserter(records));
  const auto again = after(base, records);
  ASSERT_EQ(again.delta.topics.size(), 2U);
  EXPECT_EQ(again.delta.topics[0].after, nullptr);
  EXPECT_EQ(again.delta.topics[0].before->id, id_of(1));
  EXPECT_EQ(again.delta.topics[1].before, nullptr);
  EXPECT_EQ(again.delta.topics[1].after->id, id_of(2));
}

bool same_delta(const image_delta& left, const image_delta& right) {
  const auto key = [](const topic_change& each) {
    return std::tuple(each.before ? each.before->id : topic_id{},
                      each.after ? each.after->id : topic_id{}, each.partitions,
                      each.settings_changed);
  };
  std::multiset<decltype(key(left.topics.front()))> left_keys;
  std::multiset<decltype(key(left.topics.front()))> right_keys;
  // A topic that was touched and is as before may stand in the builder's delta.
  for (const auto& each : left.topics) {
    if (!each.before || !each.after || *each.before != *each.after) {
      left_keys.insert(key(each));
    }
  }
  for (const auto& each : right.topics) {
    right_keys.insert(key(each));
  }
  return left_keys == right_keys;
}

/// Random changes against a plain model; every image is compared with it, and with what describe()
/// makes of it.
TEST(image, random_changes_match_a_plain_model) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    counting_random random(seed);
    std::map<std::string, topic> model;
    auto now = empty;
    std::uint64_t next_id = 1;
    for (int round = 0; round < 60; ++round) {
      const auto before = now;
      image_builder builder(before);
      const auto apply = [&](const metadata_record& change) {
        ASSERT_TRUE(builder.apply(change, log_index{round}).has_value());
      };
      for (std::uint64_t step = random.next() % 12; step > 0; --step) {
        const auto name = "topic." + std::to_string(random.next() % 300);
        const auto existing = model.find(name);
        if (existing == model.end()) {
          const auto id = id_of(next_id++);
          topic made{name, id, false, {}, {}};
          for (const auto& each :
               new_topic_records(name, id, static_cast<int>(random.next() % 4) + 1)) {
            apply(each);
            if (const auto* added = std::get_if<partition_record>(&each)) {
              made.partitions.push_back(added->state);
            }
          }
          model.emplace(name, made);
        } else if (random.next() % 3 == 0) {
          apply(remove_topic_record{existing->second.id});
          model.erase(existing);
        } else {
          apply(topic_setting_record{existing->second.id, "retention.ms", std::to_string(round)});
          existing->second.settings = {{"retention.ms", std::to_string(round)}};
        }
      }
      auto built = builder.finish({log_index{round}, term{1}});
      now = built.now;
      ASSERT_TRUE(same_delta(built.delta, difference(*before, *now)));
    }
    ASSERT_EQ(now->topic_count(), model.size());
    auto at = now->topics().begin();
    for (const auto& [name, expected] : model) {
      ASSERT_EQ(*at, expected);
      EXPECT_EQ(now->find_topic(name), &*at);
      EXPECT_EQ(now->find_topic(expected.id), &*at);
      EXPECT_EQ(&*now->topics().from(name), &*at);
      ++at;
    }
    image_builder copy(empty);
    describe(*now, [&](const metadata_record& each) {
      ASSERT_TRUE(copy.apply(*decode_record(encode_record(each)), log_index{1}).has_value());
    });
    EXPECT_TRUE(copy.finish({log_index{1}, term{1}}).now->same_state(*now));
  }
}

TEST(image, from_starts_at_the_first_name_that_is_not_less) {
  auto now = empty;
  for (int i = 0; i < 1000; ++i) {
    const auto number = std::to_string(10'000 + i * 2);
    now = after(now, new_topic_records("t" + number, id_of(static_cast<std::uint64_t>(i) + 1))).now;
  }
  EXPECT_EQ(now->topics().from("")->name, "t10000");
  EXPECT_EQ(now->topics().from("t10001")->name, "t10002");
  EXPECT_EQ(now->topics().from("t11998")->name, "t11998");
  EXPECT_EQ(now->topics().from("t11999"), now->topics().end());
  EXPECT_EQ(std::distance(now->topics().begin(), now->topics().end()), 1000);
}

}  // namespace
}  // namespace tidemill::metadata
