#include "base/uuid.hpp"

#include <random>

namespace tidemill {
namespace {

TEST(uuid, text_form_reads_back_as_written) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const uuid id = make_random_uuid(random(), random());
    const std::string text = to_string(id);
    EXPECT_EQ(text.size(), 22U);
    EXPECT_NE(text.front(), '-');
    EXPECT_EQ(parse_uuid(text), id);
  }
}

TEST(uuid, malformed_text_is_refused) {
  EXPECT_FALSE(parse_uuid(""));
  EXPECT_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAAA="));
  EXPECT_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAAAB"));  // bits beyond the sixteenth byte
  EXPECT_EQ(parse_uuid("AAAAAAAAAAAAAAAAAAAAAQ"),
            (uuid{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}));
}

}  // namespace
}  // namespace tidemill
