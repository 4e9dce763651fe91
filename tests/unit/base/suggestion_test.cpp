#include "base/suggestion.hpp"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(nearest, a_few_wrong_letters_name_the_candidate_and_many_name_none) {
  const std::vector<std::string_view> candidates{"murmur2", "crc32", "fnv1a"};
  EXPECT_EQ(nearest("murmur", candidates), "murmur2");
  EXPECT_EQ(nearest("mumrur2", candidates), "murmur2");
  EXPECT_EQ(nearest("something", candidates), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace tidemill
