#include "base/escape.hpp"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(escape, control_characters_quotes_and_backslashes_become_visible) {
  EXPECT_EQ(escape("a\r\n\t\"\\\x1b[31m\x7f"), "a\\r\\n\\t\\\"\\\\\\x1b[31m\\x7f");
}

TEST(escape, nul_is_shown) {
  EXPECT_EQ(escape(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(escape, well_formed_utf8_is_kept_and_the_rest_shown_as_bytes) {
  EXPECT_EQ(escape("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(escape("\xff\xc0\x80\xed\xa0\x80\xc2"), "\\xff\\xc0\\x80\\xed\\xa0\\x80\\xc2");
}

TEST(escape, terminal_controls_beyond_ascii_are_shown_as_bytes) {
  EXPECT_EQ(escape("\xc2\x9b"), "\\xc2\\x9b");           // CSI as C1
  EXPECT_EQ(escape("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");  // line separator
}

TEST(escape, long_text_is_cut_and_says_how_much_is_missing) {
  EXPECT_EQ(escape(std::string(1 << 20, 'a'), 4), "aaaa...(1048572 more bytes)");
}

TEST(escape, cut_never_splits_a_character) {
  EXPECT_EQ(escape("abc\xe2\x82\xac", 4), "abc...(3 more bytes)");
}

TEST(escape_json, uses_the_escapes_of_json) {
  EXPECT_EQ(escape_json("\"\\\n\x1b\xff"), "\\\"\\\\\\n\\u001b\\u00ff");
}

}  // namespace
}  // namespace tidemill
