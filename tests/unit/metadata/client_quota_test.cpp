#include "metadata/client_quota.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tidemill::metadata {
namespace {

std::string fault(quota_entity entity, std::string key, std::optional<double> value) {
  return fault_of({std::move(entity), {{std::move(key), value}}}).value_or("");
}
const quota_entity client{{"client-id", "x"}};

TEST(client_quota, entities_of_users_clients_and_addresses_are_taken) {
  EXPECT_EQ(fault(client, "producer_byte_rate", 1), "");
  EXPECT_EQ(fault({{"user", "u"}, {"client-id", std::nullopt}}, "consumer_byte_rate", 1), "");
  EXPECT_EQ(fault({{"user", std::nullopt}}, "request_percentage", 0.5), "");
  EXPECT_EQ(fault({{"user", "u"}}, "controller_mutation_rate", 0.5), "");
  EXPECT_EQ(fault({{"ip", std::nullopt}}, "connection_creation_rate", 1), "");
}

TEST(client_quota, other_entities_are_refused) {
  EXPECT_EQ(fault({}, "producer_byte_rate", 1),
            "an entity has a user, a client-id or an ip, found nothing");
  EXPECT_EQ(fault({{"foo", "a"}}, "producer_byte_rate", 1),
            "an entity is of type user, client-id or ip, found foo");
  EXPECT_EQ(fault({{"client-id", ""}}, "producer_byte_rate", 1),
            "the name of a client-id is not empty");
  EXPECT_NE(fault({{"client-id", "x"}, {"ip", "1.2.3.4"}}, "producer_byte_rate", 1), "");
  EXPECT_EQ(fault({{"ip", "no such host"}}, "connection_creation_rate", 1),
            "an ip is an IPv4 or IPv6 address, found no such host");
  EXPECT_EQ(fault({{"ip", "2001:db8::1"}}, "connection_creation_rate", 1), "");
  EXPECT_NE(fault({{"user", std::string(2000, 'u')}}, "producer_byte_rate", 1), "");
}

TEST(client_quota, keys_belong_to_their_kind_of_entity) {
  EXPECT_EQ(fault(client, "nonsense", 10), "users and clients have no quota nonsense");
  EXPECT_EQ(fault(client, "connection_creation_rate", 10),
            "users and clients have no quota connection_creation_rate");
  EXPECT_EQ(fault({{"ip", "1.2.3.4"}}, "producer_byte_rate", 10),
            "an ip has no quota producer_byte_rate");
  EXPECT_EQ(fault(client, "nonsense", std::nullopt), "") << "there is nothing to remove";
}

TEST(client_quota, values_are_positive_and_whole_where_they_count_bytes) {
  EXPECT_EQ(fault(client, "producer_byte_rate", 0), "producer_byte_rate must be greater than 0");
  EXPECT_EQ(fault(client, "request_percentage", -1), "request_percentage must be greater than 0");
  EXPECT_EQ(fault(client, "producer_byte_rate", 10.5), "producer_byte_rate must be a whole number");
  EXPECT_EQ(fault(client, "producer_byte_rate", 1e30),
            "producer_byte_rate is larger than an int64");
  EXPECT_NE(fault(client, "request_percentage", std::nan("")), "");
  EXPECT_NE(fault(client, "request_percentage", INFINITY), "");
  EXPECT_NE(fault(client, "consumer_byte_rate", INFINITY), "");
}

}  // namespace
}  // namespace tidemill::metadata
