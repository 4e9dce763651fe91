#include "terminal/table.hpp"

#include <gtest/gtest.h>

#include "terminal/progress.hpp"

namespace tidemill::cli {
namespace {

TEST(table, columns_are_as_wide_as_their_widest_cell) {
  table shown({{"NAME"}, {"COUNT", table::align::right}, {"LAST"}});
  EXPECT_TRUE(shown.empty());
  shown.add({"a", "1", "x"});
  shown.add({"long name", "12345678", ""});
  EXPECT_EQ(shown.text(),
            "NAME          COUNT  LAST\n"
            "a                 1  x\n"
            "long name  12345678\n");
}

TEST(table, a_character_of_several_bytes_is_one_wide) {
  EXPECT_EQ(width_of("größe"), 5U);
}

TEST(progress, line_tells_count_rate_and_time_left) {
  EXPECT_EQ(progress::line_of("records", {500, 2000, 51'200, 2, -1}),
            "500 of 2,000 records, 250/s, 25.0 KiB/s, 6.0 s left");
  EXPECT_EQ(progress::line_of("records", {500, -1, 0, 2, -1}), "500 records, 250/s");
  EXPECT_EQ(progress::line_of("rows", {500, -1, 0, 2, 0.25}), "500 rows, 250/s, 6.0 s left");
  EXPECT_EQ(progress::line_of("rows", {}), "0 rows");
}

}  // namespace
}  // namespace tidemill::cli
