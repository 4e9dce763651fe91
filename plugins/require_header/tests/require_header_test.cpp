#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/testkit/transform.hpp"

namespace tidemill::testkit {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(require_header, records_that_lack_one_are_rejected) {
  transform rule(TIDEMILL_PLUGIN_FILE, {{"headers", "[trace, tenant]"}});
  records batch;
  batch.add({.key = "a", .headers = {{"tenant", "t"}, {"trace", "1"}}});
  batch.add({.key = "b", .headers = {{"trace", "1"}}});
  batch.add({.key = "c"});
  batch.add({.key = "d", .headers = {{"trace", "1"}, {"tenant", std::nullopt}}});
  batch.add({.key = "e", .headers = {{"trace", ""}, {"tenant", "t"}, {"trace", "last"}}});
  EXPECT_THAT(rule.validate(batch), ElementsAre(Pair(1, "the header 'tenant' is missing"),
                                                Pair(2, "the header 'trace' is missing"),
                                                Pair(3, "the header 'tenant' is missing")));
}

TEST(require_header, an_empty_value_passes_if_configured) {
  transform rule(TIDEMILL_PLUGIN_FILE, {{"headers", "[trace]"}, {"allow_empty", "true"}});
  records batch;
  batch.add({.key = "a", .headers = {{"trace", std::nullopt}}});
  EXPECT_THAT(rule.validate(batch), testing::IsEmpty());
}

TEST(require_header, a_list_without_names_is_refused) {
  EXPECT_THROW(transform(TIDEMILL_PLUGIN_FILE, {{"headers", "[]"}}), std::runtime_error);
  EXPECT_THROW(transform(TIDEMILL_PLUGIN_FILE), std::runtime_error);
}

}  // namespace
}  // namespace tidemill::testkit
