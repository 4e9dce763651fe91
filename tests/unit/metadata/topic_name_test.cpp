#include "metadata/topic_name.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tidemill::metadata {
namespace {

TEST(topic_name, names_of_the_allowed_characters_are_valid) {
  for (const std::string name : {"a", "A-z_0.9", "...", "-", "_", "a.b_c-d"}) {
    EXPECT_EQ(topic_name_problem(name), std::nullopt) << name;
  }
  EXPECT_TRUE(is_valid_topic_name(std::string(topic_name_size_max, 'x')));
}

TEST(topic_name, hostile_names_are_refused_with_a_reason) {
  using namespace std::string_literals;
  const std::array hostile{
      ""s,     "."s,           ".."s,           "../x"s,
      "a/b"s,  "a\\b"s,        "a b"s,          "a\0b"s,
      "a\nb"s, "caf\xc3\xa9"s, "\xe2\x80\xae"s, "x/../../etc"s,
      "a:b"s,  "~"s,           "a%2e"s,         std::string(topic_name_size_max + 1, 'x')};
  for (const auto& name : hostile) {
    const auto problem = topic_name_problem(name);
    ASSERT_TRUE(problem.has_value()) << name;
    EXPECT_LT(problem->size(), 256U);
    EXPECT_EQ(problem->find('\0'), std::string::npos);
    EXPECT_EQ(problem->find('\n'), std::string::npos);
  }
}

TEST(topic_name, internal_and_reserved_names_are_known) {
  EXPECT_TRUE(is_internal_topic_name("__consumer_offsets"));
  EXPECT_TRUE(is_internal_topic_name("__transaction_state"));
  EXPECT_FALSE(is_internal_topic_name("__mine"));
  EXPECT_TRUE(is_reserved_topic_name("__cluster_metadata"));
  EXPECT_TRUE(may_collide("a.b"));
  EXPECT_TRUE(may_collide("a_b"));
  EXPECT_FALSE(may_collide("a-b"));
}

}  // namespace
}  // namespace tidemill::metadata
