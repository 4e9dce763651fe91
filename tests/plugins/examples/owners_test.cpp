#include <gtest/gtest.h>

#include "tidemill/testkit/authorizer.hpp"

namespace tidemill::testkit {
namespace {

constexpr const char* file = TIDEMILL_EXAMPLE_DIRECTORY "/owners.so";
const std::vector<authorizer::action> wanted = {
    {TIDEMILL_OPERATION_WRITE, TIDEMILL_RESOURCE_TOPIC, "alice.orders"},
    {TIDEMILL_OPERATION_READ, TIDEMILL_RESOURCE_TOPIC, "bob.orders"},
    {TIDEMILL_OPERATION_READ, TIDEMILL_RESOURCE_TOPIC, "orders"},
    {TIDEMILL_OPERATION_READ, TIDEMILL_RESOURCE_GROUP, "alice.readers"},
    {TIDEMILL_OPERATION_ALTER, TIDEMILL_RESOURCE_CLUSTER, "kafka-cluster"},
    {TIDEMILL_OPERATION_READ, TIDEMILL_RESOURCE_TOPIC, ".orders"},
};

TEST(owners, topics_belong_to_those_whom_they_are_named_after) {
  authorizer rules(file);
  EXPECT_EQ(rules.decide("alice", wanted), "ad---d");
  EXPECT_EQ(rules.decide("bob", wanted), "da---d");
  EXPECT_EQ(rules.decide("alic", wanted), "dd---d");
}

TEST(owners, nobody_and_other_kinds_of_principals_own_nothing) {
  authorizer rules(file, {{"administrators", "[\"alice\"]"}});
  EXPECT_EQ(rules.decide("", wanted), "dd---d");
  EXPECT_EQ(rules.decide("alice", wanted, "Group"), "dd---d");
}

TEST(owners, administrators_may_do_everything) {
  authorizer rules(file, {{"administrators", "[\"root\", \"ops\"]"}});
  EXPECT_EQ(rules.decide("ops", wanted), "aaaaaa");
  EXPECT_EQ(rules.decide("op", wanted), "dd---d");
}

}  // namespace
}  // namespace tidemill::testkit
