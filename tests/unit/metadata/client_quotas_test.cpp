#include "metadata/client_quotas.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tidemill::metadata {
namespace {

TEST(client_quotas, copies_do_not_change_with_each_other) {
  client_quotas first;
  const quota_entity who{{"client-id", "a"}};
  first.set(who, "producer_byte_rate", 5);
  client_quotas second = first;
  second.set(who, "producer_byte_rate", 6);
  second.set({{"user", "u"}}, "producer_byte_rate", 7);
  EXPECT_EQ(first.find(who)->values.at("producer_byte_rate"), 5);
  EXPECT_EQ(first.size(), 1U);
  EXPECT_EQ(second.find(who)->values.at("producer_byte_rate"), 6);
  EXPECT_EQ(second.size(), 2U);
  EXPECT_FALSE(first.same_content(second));
}

TEST(client_quotas, entities_whose_names_look_like_two_are_told_apart) {
  client_quotas quotas;
  quotas.set({{"client-id", "a"}, {"user", "b"}}, "producer_byte_rate", 1);
  quotas.set({{"client-id", "auser/1:b"}}, "producer_byte_rate", 2);
  quotas.set({{"client-id", std::nullopt}}, "producer_byte_rate", 3);
  quotas.set({{"client-id", "-"}}, "producer_byte_rate", 4);
  EXPECT_EQ(quotas.size(), 4U);
}

TEST(client_quotas, generation_of_an_entity_tells_that_it_has_lost_a_value) {
  client_quotas quotas;
  const quota_entity one{{"user", "u"}};
  const quota_entity other{{"user", "v"}};
  quotas.set(one, "producer_byte_rate", 1);
  quotas.set(other, "producer_byte_rate", 1);
  const auto first = quotas.find(one)->generation;
  const auto of_other = quotas.find(other)->generation;
  quotas.set(one, "consumer_byte_rate", 1);
  quotas.set(one, "producer_byte_rate", 2);
  quotas.remove(one, "request_percentage");
  EXPECT_EQ(quotas.find(one)->generation, first);
  quotas.remove(one, "consumer_byte_rate");
  const auto second = quotas.find(one)->generation;
  EXPECT_NE(second, first);
  quotas.remove(one, "producer_byte_rate");
  quotas.set(one, "producer_byte_rate", 2);
  EXPECT_NE(quotas.find(one)->generation, second);
  EXPECT_NE(quotas.find(one)->generation, first);
  EXPECT_EQ(quotas.find(other)->generation, of_other);
}

TEST(client_quotas, what_is_counted_tells_of_addresses) {
  client_quotas quotas;
  const quota_entity address{{"ip", "::1"}};
  quotas.set({{"user", "u"}}, "producer_byte_rate", 1);
  EXPECT_EQ(quotas.address_changes(), 0U);
  quotas.set(address, "connection_creation_rate", 1);
  EXPECT_EQ(quotas.address_changes(), 1U);
  quotas.remove(address, "connection_creation_rate");
  EXPECT_EQ(quotas.address_changes(), 2U);
}

TEST(client_quotas, many_changes_leave_what_a_map_has) {
  std::mt19937 random(3);
  client_quotas quotas;
  std::map<quota_entity, quota_values> model;
  const std::vector<std::string> keys{"producer_byte_rate", "consumer_byte_rate"};
  for (int step = 0; step < 20'000; ++step) {
    const quota_entity who{{"client-id", std::to_string(random() % 500)}};
    const std::string& key = keys[random() % 2];
    if (random() % 3 == 0) {
      quotas.remove(who, key);
      if (const auto of = model.find(who); of != model.end()) {
        of->second.erase(key);
        if (of->second.empty()) {
          model.erase(of);
        }
      }
    } else {
      const auto value = static_cast<double>(random() % 10);
      quotas.set(who, key, value);
      model[who][key] = value;
    }
  }
  ASSERT_EQ(quotas.size(), model.size());
  auto expected = model.begin();
  for (const auto& each : quotas.in_order()) {
    EXPECT_EQ(each->entity, expected->first);
    EXPECT_EQ(each->values, expected->second);
    ++expected;
  }
}

}  // namespace
}  // namespace tidemill::metadata
