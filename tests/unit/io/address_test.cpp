#include "io/address.hpp"

#include <gtest/gtest.h>

namespace tidemill::io {
namespace {

TEST(address, is_shown_in_one_way) {
  EXPECT_EQ(canonical_address("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(canonical_address("2001:DB8:0:0::1"), "2001:db8::1");
  EXPECT_EQ(canonical_address("::1"), "::1");
  EXPECT_EQ(canonical_address("::ffff:10.0.0.8"), "10.0.0.8");
  EXPECT_EQ(canonical_address("::FFFF:0a00:8"), "10.0.0.8");
}

TEST(address, other_text_is_none) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("host"), std::string_view("1.2.3"),
        std::string_view("1.2.3.4 "), std::string_view("1.2.3.4:80"), std::string_view("[::1]"),
        std::string_view("1.2.3.4\0", 8), std::string_view("01.2.3.4.5")}) {
    EXPECT_EQ(canonical_address(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tidemill::io
