#include "extension/plugin_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

namespace tidemill::extension {
namespace {

TEST(plugin_metrics, each_type_takes_what_is_its_own_and_nothing_else) {
  plugin_metrics metrics;
  const std::array<double, 2> bounds{1, 10};
  const auto counter = metrics.add_metric(metric_type::counter, "seen_total", "Seen.", {});
  const auto gauge = metrics.add_metric(metric_type::gauge, "depth", "Depth.", {});
  const auto histogram = metrics.add_metric(metric_type::histogram, "size", "Size.", bounds);
  metrics.add(counter, 3);
  metrics.add(gauge, 100);
  metrics.set(gauge, 2.5);
  metrics.set(counter, 100);
  metrics.observe(histogram, 1);
  metrics.observe(histogram, 2);
  metrics.observe(histogram, 11);
  metrics.observe(histogram, std::nan(""));
  metrics.add(plugin_metrics::no_metric, 1);
  const auto all = metrics.read();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].value, 3);
  EXPECT_EQ(all[1].value, 2.5);
  EXPECT_EQ(all[2].value, 14);
  EXPECT_EQ(all[2].counts, (std::vector<std::uint64_t>{1, 1, 1}));
}

TEST(plugin_metrics, a_name_again_is_the_same_metric_and_bad_ones_are_none) {
  plugin_metrics metrics;
  const auto first = metrics.add_metric(metric_type::counter, "seen", "", {});
  EXPECT_EQ(metrics.add_metric(metric_type::counter, "seen", "", {}), first);
  EXPECT_EQ(metrics.add_metric(metric_type::gauge, "seen", "", {}), plugin_metrics::no_metric);
  const std::array<double, 2> falling{2, 1};
  const std::array<double, 1> none{std::nan("")};
  EXPECT_EQ(metrics.add_metric(metric_type::histogram, "h", "", falling),
            plugin_metrics::no_metric);
  EXPECT_EQ(metrics.add_metric(metric_type::histogram, "h", "", none), plugin_metrics::no_metric);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& bad :
       {std::vector<double>{infinity}, {1, infinity}, {-infinity, 1}, {1, std::nan(""), 3}}) {
    EXPECT_EQ(metrics.add_metric(metric_type::histogram, "h", "", bad), plugin_metrics::no_metric);
  }
  for (const std::string name : {"", "Seen", "1st", "a-b", "a b", "a\"b"}) {
    EXPECT_EQ(metrics.add_metric(metric_type::gauge, name, "", {}), plugin_metrics::no_metric)
        << name;
  }
  EXPECT_EQ(metrics.read().size(), 1U);
}

TEST(plugin_metrics, help_is_one_line_of_utf_8_whatever_the_plugin_says) {
  plugin_metrics metrics;
  static_cast<void>(
      metrics.add_metric(metric_type::gauge, "depth", "two\nlines \xff\xfe \"quoted\"", {}));
  EXPECT_EQ(metrics.read().front().help, R"(two\nlines \xff\xfe \"quoted\")");
}

TEST(plugin_metrics, one_too_many_is_none) {
  plugin_metrics metrics;
  for (std::size_t i = 0; i < plugin_metrics::metrics_max; ++i) {
    EXPECT_EQ(metrics.add_metric(metric_type::gauge, "m" + std::to_string(i), "", {}), i);
  }
  EXPECT_EQ(metrics.add_metric(metric_type::gauge, "more", "", {}), plugin_metrics::no_metric);
}

TEST(plugin_metrics, threads_lose_nothing) {
  plugin_metrics metrics;
  const auto counter = metrics.add_metric(metric_type::counter, "seen_total", "", {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int times = 0; times < 10'000; ++times) {
        metrics.add(counter, 1);
      }
    });
  }
  for (std::thread& one : threads) {
    one.join();
  }
  EXPECT_EQ(metrics.read().front().value, 40'000);
}

}  // namespace
}  // namespace tidemill::extension
