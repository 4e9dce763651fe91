#include "metadata/topic_creation.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "metadata/topic_settings.hpp"

namespace tidemill::metadata {
namespace {

/// Where "here" is there, and nothing else.
class one_extension final : public extension_catalog {
 public:
  [[nodiscard]] std::optional<std::string> problem_with(std::string_view,
                                                        std::string_view extension) const override {
    return extension == "here" ? std::nullopt : std::optional<std::string>("it is not there");
  }
};

struct changed_settings_test : ::testing::Test {
  one_extension catalog;
  controller_options options;
  /// A topic whose partitioner has gone.
  setting_list before{{"retention.ms", "1000"}, {"tidemill.partitioner", "gone"}};

  changed_settings_test() { options.extensions = &catalog; }
  static setting_change set(std::string name, std::string value) {
    return {std::move(name), std::move(value), setting_change::operation::set};
  }
};

TEST_F(changed_settings_test, a_gone_extension_that_is_said_again_stays) {
  const auto changed = changed_settings(
      {}, before, {set("retention.ms", "2000"), set("tidemill.partitioner", "gone")}, options);
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  EXPECT_EQ(*changed, (setting_list{{"retention.ms", "2000"}, {"tidemill.partitioner", "gone"}}));
}

TEST_F(changed_settings_test, other_settings_of_a_topic_with_a_gone_extension_can_be_changed) {
  const auto changed = changed_settings(before, before, {set("retention.ms", "2000")}, options);
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  EXPECT_EQ(changed->front().value, "2000");
}

TEST_F(changed_settings_test, an_extension_that_is_new_to_the_topic_must_be_there) {
  const auto other = changed_settings({}, before, {set("tidemill.partitioner", "gone2")}, options);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().message, "tidemill.partitioner: it is not there");
  // Said of another setting than before.
  EXPECT_FALSE(changed_settings({}, before, {set("tidemill.validate", "gone")}, options));
  EXPECT_FALSE(changed_settings({}, {}, {set("tidemill.partitioner", "gone")}, options));
  EXPECT_TRUE(changed_settings({}, before, {set("tidemill.partitioner", "here")}, options));
}

}  // namespace
}  // namespace tidemill::metadata
