#include "log/row_text.hpp"

#include <gtest/gtest.h>

namespace tidemill::cli {
namespace {

std::string shown(const char* json) {
  return row_text(boost::json::parse(json).as_object());
}

TEST(row_text, rows_are_lines_for_people) {
  EXPECT_EQ(shown(R"({"kind":"offset_index_entry","offset":15,"position":110})"), "offset 15 @110");
  EXPECT_EQ(shown(R"({"kind":"leader_epoch","leader_epoch":3,"start_offset":7})"),
            "epoch 3 from offset 7");
  EXPECT_EQ(shown(R"({"kind":"problem","position":9,"found":"a","expected":"b"})"),
            "PROBLEM at byte 9: found a, expected b");
  EXPECT_EQ(
      shown(R"({"kind":"record","offset":1,"timestamp":-1,"key":null,"value":"v","headers":[]})"),
      "  1 - -: v");
}

TEST(row_text, kind_that_is_not_known_is_shown_as_it_is) {
  EXPECT_EQ(shown(R"({"kind":"news","a":1})"), R"({"kind":"news","a":1})");
}

}  // namespace
}  // namespace tidemill::cli
