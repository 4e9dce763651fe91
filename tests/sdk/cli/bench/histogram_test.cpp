#include "bench/histogram.hpp"

#include <gtest/gtest.h>

namespace tidemill::cli {
namespace {

TEST(histogram, percentiles_are_within_a_64th) {
  histogram times;
  for (std::uint64_t value = 1; value <= 100'000; ++value) {
    times.add(value * 1000);
  }
  EXPECT_EQ(times.count(), 100'000U);
  EXPECT_EQ(times.largest(), 100'000'000U);
  for (const double part : {0.01, 0.5, 0.9, 0.999}) {
    const double exact = part * 100'000'000;
    const auto found = static_cast<double>(times.at(part));
    EXPECT_GE(found, exact);
    EXPECT_LE(found, exact * (1 + 1.0 / 64) + 1);
  }
  EXPECT_EQ(times.at(1), times.largest());
}

TEST(histogram, small_values_are_exact_and_none_is_zero) {
  histogram times;
  EXPECT_EQ(times.at(0.5), 0U);
  times.add(7);
  EXPECT_EQ(times.at(0.5), 7U);
  times.add(~std::uint64_t{0});
  EXPECT_EQ(times.at(1), ~std::uint64_t{0});
}

}  // namespace
}  // namespace tidemill::cli
