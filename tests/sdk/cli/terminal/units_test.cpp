#include "terminal/units.hpp"

#include <gtest/gtest.h>

namespace tidemill::cli {
namespace {

TEST(units, sizes_counts_and_durations_are_written_for_people) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(std::uint64_t{300} << 20), "300 MiB");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(count_text(-1234), "-1,234");
  EXPECT_EQ(count_text(-123), "-123");
  EXPECT_EQ(duration_text(0.42), "0.4 s");
  EXPECT_EQ(duration_text(185), "3 min 5 s");
  EXPECT_EQ(duration_text(7620), "2 h 7 min");
}

TEST(units, times_are_read_back_as_they_are_written) {
  constexpr std::int64_t time = 1'764'331'496'789;
  EXPECT_EQ(time_text(time), "2025-11-28 12:04:56.789Z");
  EXPECT_EQ(time_of("2025-11-28 12:04:56.789Z"), time);
  EXPECT_EQ(time_of("2025-11-28T13:04:56.789+01:00"), time);
  EXPECT_EQ(time_of("2025-11-28"), 1'764'288'000'000);
  EXPECT_EQ(time_of("2025-11-28T12:04"), 1'764'331'440'000);
  EXPECT_EQ(time_text(-1), "-");
}

TEST(units, times_that_are_none_are_refused) {
  for (const char* text :
       {"", "2025", "2025-13-01", "2025-02-30", "2025-11-28T24:00", "2025-11-28T12:60",
        "2025-11-28T12:04:56.7", "2025-11-28x", "2025-11-28T12:04+1"}) {
    EXPECT_EQ(time_of(text), std::nullopt) << text;
  }
}

TEST(units, durations_and_sizes_are_read) {
  EXPECT_EQ(duration_of("500ms"), std::chrono::milliseconds(500));
  EXPECT_EQ(duration_of("15m"), std::chrono::minutes(15));
  EXPECT_EQ(duration_of("7d"), std::chrono::hours(168));
  EXPECT_EQ(duration_of("7"), std::nullopt);
  EXPECT_EQ(duration_of("-7s"), std::nullopt);
  EXPECT_EQ(duration_of("99999999999999999d"), std::nullopt);
  EXPECT_EQ(number_of("12"), 12);
  EXPECT_EQ(number_of("12x"), std::nullopt);
  EXPECT_EQ(number_of(""), std::nullopt);
}

}  // namespace
}  // namespace tidemill::cli
