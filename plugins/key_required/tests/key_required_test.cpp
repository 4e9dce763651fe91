#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/testkit/transform.hpp"

namespace tidemill::testkit {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(key_required, records_without_a_key_are_rejected) {
  transform rule(TIDEMILL_PLUGIN_FILE);
  records batch;
  batch.add_keys({"a", std::nullopt, "", std::nullopt});
  EXPECT_THAT(rule.validate(batch),
              ElementsAre(Pair(1, "the record has no key"), Pair(3, "the record has no key")));
}

TEST(key_required, empty_keys_are_rejected_if_configured) {
  transform rule(TIDEMILL_PLUGIN_FILE, {{"allow_empty", "false"}});
  records batch;
  batch.add_keys({"a", ""});
  EXPECT_THAT(rule.validate(batch), ElementsAre(Pair(1, "the key is empty")));
  EXPECT_EQ(rule.needs(), TIDEMILL_KEYS);
}

}  // namespace
}  // namespace tidemill::testkit
