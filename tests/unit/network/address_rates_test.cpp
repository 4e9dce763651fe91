#include "network/address_rates.hpp"

#include <gtest/gtest.h>

namespace tidemill::network {
namespace {

using namespace std::chrono_literals;

const io::monotonic_time start{std::chrono::hours(5)};

std::size_t taken(address_rates& rates, const std::string& address, io::monotonic_time now) {
  std::size_t count = 0;
  for (int times = 0; times < 100; ++times) {
    count += rates.take(address, now) ? 1 : 0;
  }
  return count;
}

TEST(address_rates, without_quotas_everybody_comes_as_fast_as_he_likes) {
  address_rates rates;
  EXPECT_EQ(taken(rates, "10.0.0.1", start), 100U);
}

TEST(address_rates, each_address_has_the_rate_that_is_named_for_it_or_that_of_others) {
  address_rates rates;
  rates.change({{"10.0.0.1", 20}}, 5);
  EXPECT_EQ(taken(rates, "10.0.0.1", start), 20U);
  EXPECT_EQ(taken(rates, "10.0.0.2", start), 5U);
  EXPECT_EQ(taken(rates, "10.0.0.3", start), 5U);
  EXPECT_EQ(taken(rates, "10.0.0.1", start + 500ms), 10U);
  EXPECT_EQ(taken(rates, "10.0.0.2", start + 10s), 5U);
  rates.change({{"10.0.0.1", 20}}, 0);
  EXPECT_EQ(taken(rates, "10.0.0.2", start + 10s), 100U);
}

TEST(address_rates, very_many_addresses_share_one_rate_until_some_have_rested) {
  address_rates rates;
  rates.change({}, 2);
  std::size_t count = 0;
  for (std::size_t number = 0; number < address_rates::addresses_max + 1000; ++number) {
    count += rates.take("a" + std::to_string(number), start) ? 1 : 0;
  }
  EXPECT_EQ(count, address_rates::addresses_max + 2);
  EXPECT_EQ(taken(rates, "new", start + 10s), 2U);
  EXPECT_EQ(taken(rates, "newer", start + 10s), 2U);
}

}  // namespace
}  // namespace tidemill::network
