#include "kafka/position.hpp"

#include <gtest/gtest.h>

namespace tidemill::cli {
namespace {

constexpr std::int64_t now = 1'764'331'200'000;

TEST(position, every_way_to_name_a_place_is_read) {
  using kind = position::kind;
  const auto check = [](const char* text, kind what, std::int64_t value) {
    const auto read = position_of("--from", text, now);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->what, what) << text;
    EXPECT_EQ(read->value, value) << text;
  };
  check("start", kind::start, 0);
  check("end", kind::end, 0);
  check("42", kind::offset, 42);
  check("-42", kind::back, 42);
  check("@1700000000000", kind::time, 1'700'000'000'000);
  check("-15m", kind::time, now - 900'000);
  check("2025-11-28T12:00", kind::time, now);
}

TEST(position, what_is_none_names_the_option_and_what_was_found) {
  for (const char* text : {"", "soon", "@-1", "@x", "--5", "-5y", "1969-12-31"}) {
    const auto read = position_of("--until", text, now);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().exit_code, 2);
    EXPECT_EQ(read.error().what.find("--until: found '" + std::string(text) + "'"), 0U);
  }
}

TEST(endpoints, lists_with_and_without_ports_are_read) {
  const auto read = endpoints_of("a:1,b,[::1]:3,PLAINTEXT://c:4");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 4U);
  EXPECT_EQ((*read)[0].port, "1");
  EXPECT_EQ((*read)[1].port, "9092");
  EXPECT_EQ((*read)[2].host, "::1");
  EXPECT_EQ((*read)[2].port, "3");
  EXPECT_EQ((*read)[3].host, "c");
  for (const char* text : {"", "a:", "a:x", "a:1,", ":1"}) {
    EXPECT_FALSE(endpoints_of(text)) << text;
  }
}

}  // namespace
}  // namespace tidemill::cli
