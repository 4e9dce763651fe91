#include "quota/quota_lookup.hpp"

#include <gtest/gtest.h>

namespace tidemill::quota {
namespace {

using metadata::quota_entity;

std::optional<std::string> by_default() {
  return std::nullopt;
}

/// Each level has a rate of its own, from that which is nearest to a client down.
metadata::client_quotas all_levels() {
  const std::vector<quota_entity> entities{{{"user", "u"}, {"client-id", "c"}},
                                           {{"user", "u"}, {"client-id", by_default()}},
                                           {{"user", "u"}},
                                           {{"user", by_default()}, {"client-id", "c"}},
                                           {{"user", by_default()}, {"client-id", by_default()}},
                                           {{"user", by_default()}},
                                           {{"client-id", "c"}},
                                           {{"client-id", by_default()}}};
  metadata::client_quotas quotas;
  for (std::size_t index = 0; index < entities.size(); ++index) {
    quotas.set(entities[index], "producer_byte_rate", static_cast<double>(index + 1));
  }
  return quotas;
}

double rate_of(const metadata::client_quotas& quotas, std::string_view user,
               std::string_view client) {
  const auto found = find_limit(quotas, kind::produce, user, client);
  return found ? found->rate : 0;
}
std::string shared_by(const metadata::client_quotas& quotas, std::string_view user,
                      std::string_view client) {
  return find_limit(quotas, kind::produce, user, client).value().shared_by;
}

TEST(quota_lookup, nearest_quota_is_that_of_the_client) {
  auto quotas = all_levels();
  for (double rate = 1; rate <= 8; ++rate) {
    EXPECT_EQ(rate_of(quotas, "u", "c"), rate);
    for (const auto& each : quotas.in_order()) {
      if (each->values.at("producer_byte_rate") == rate) {
        quotas.remove(each->entity, "producer_byte_rate");
      }
    }
  }
  EXPECT_EQ(rate_of(quotas, "u", "c"), 0);
}

TEST(quota_lookup, long_names_are_remembered_as_short_ones_and_told_apart) {
  metadata::client_quotas quotas;
  quotas.set({{"client-id", by_default()}}, "producer_byte_rate", 1);
  const std::string name(32'000, 'a');
  EXPECT_LT(shared_by(quotas, "u", name).size(), 200U);
  EXPECT_EQ(shared_by(quotas, "u", name), shared_by(quotas, "v", name));
  EXPECT_NE(shared_by(quotas, "u", name), shared_by(quotas, "u", name + "b"));
  EXPECT_NE(shared_by(quotas, "u", name),
            shared_by(quotas, "u", std::string(bounded_name(name).text())));
  quotas.set({{"client-id", name}}, "producer_byte_rate", 2);
  EXPECT_EQ(rate_of(quotas, "u", name), 2);
}

TEST(quota_lookup, others_fall_under_defaults) {
  const auto quotas = all_levels();
  EXPECT_EQ(rate_of(quotas, "u", "d"), 2);
  EXPECT_EQ(rate_of(quotas, "v", "c"), 4);
  EXPECT_EQ(rate_of(quotas, "v", "d"), 5);
}

TEST(quota_lookup, each_key_is_looked_for_by_itself) {
  metadata::client_quotas quotas;
  quotas.set({{"user", "u"}, {"client-id", "c"}}, "consumer_byte_rate", 10);
  quotas.set({{"client-id", "c"}}, "producer_byte_rate", 20);
  quotas.set({{"client-id", "c"}}, "request_percentage", 50);
  EXPECT_EQ(rate_of(quotas, "u", "c"), 20);
  EXPECT_EQ(find_limit(quotas, kind::fetch, "u", "c").value().rate, 10);
  EXPECT_EQ(find_limit(quotas, kind::request_time, "u", "c").value().rate, 5e8)
      << "nanoseconds of a second";
  EXPECT_FALSE(find_limit(quotas, kind::mutation, "u", "c"));
}

TEST(quota_lookup, limit_is_shared_at_the_level_that_it_was_set_for) {
  metadata::client_quotas quotas;
  quotas.set({{"client-id", by_default()}}, "producer_byte_rate", 1);
  EXPECT_NE(shared_by(quotas, "u", "c"), shared_by(quotas, "u", "d"));
  EXPECT_EQ(shared_by(quotas, "u", "c"), shared_by(quotas, "v", "c"));
  quotas = {};
  quotas.set({{"user", by_default()}}, "producer_byte_rate", 1);
  EXPECT_EQ(shared_by(quotas, "u", "c"), shared_by(quotas, "u", "d"));
  EXPECT_NE(shared_by(quotas, "u", "c"), shared_by(quotas, "v", "c"));
  quotas = {};
  quotas.set({{"user", by_default()}, {"client-id", by_default()}}, "producer_byte_rate", 1);
  EXPECT_NE(shared_by(quotas, "u", "c"), shared_by(quotas, "u", "d"));
  EXPECT_NE(shared_by(quotas, "u", "c"), shared_by(quotas, "v", "c"));
  EXPECT_NE(shared_by(quotas, "u/1:c", "d"), shared_by(quotas, "u", "c/1:d"))
      << "no name looks like two";
}

}  // namespace
}  // namespace tidemill::quota
