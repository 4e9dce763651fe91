#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/testkit/transform.hpp"

namespace tidemill::testkit {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(size_limit, parts_above_their_limit_are_rejected) {
  transform rule(TIDEMILL_PLUGIN_FILE, {{"key", "2B"}, {"value", "1KiB"}, {"headers", "4B"}});
  records batch;
  batch.add({.key = "ab", .value = std::string(1024, 'v'), .headers = {{"a", "123"}}});
  batch.add({.key = "abc"});
  batch.add({.key = "a", .value = std::string(1025, 'v')});
  batch.add({.key = std::nullopt, .value = std::nullopt, .headers = {{"a", "12"}, {"b", "1"}}});
  EXPECT_THAT(rule.validate(batch), ElementsAre(Pair(1, "key larger than 2 bytes"),
                                                Pair(2, "value larger than 1024 bytes"),
                                                Pair(3, "headers larger than 4 bytes")));
}

TEST(size_limit, only_what_is_limited_is_asked_for) {
  transform rule(TIDEMILL_PLUGIN_FILE, {{"key", "2B"}});
  EXPECT_EQ(rule.needs(), TIDEMILL_KEYS);
  records batch;
  batch.add({.key = "abc"});
  EXPECT_EQ(rule.validate(batch).size(), 1U);
  EXPECT_THROW(transform(TIDEMILL_PLUGIN_FILE), std::runtime_error);
}

}  // namespace
}  // namespace tidemill::testkit
