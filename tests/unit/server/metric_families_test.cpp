#include "server/metric_families.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::server {
namespace {

using testing::HasSubstr;

TEST(metric_families, values_of_one_name_stand_together_whatever_came_between) {
  metric_families all;
  all.counter("a_total", "A.", 1, {{"k", "1"}});
  all.gauge("b", "B.", 2);
  all.counter("a_total", "A.", 3, {{"k", "2"}});
  EXPECT_EQ(all.text(),
            "# HELP a_total A.\n# TYPE a_total counter\na_total{k=\"1\"} 1\na_total{k=\"2\"} 3\n"
            "# HELP b B.\n# TYPE b gauge\nb 2\n");
}

TEST(metric_families, a_value_of_another_type_is_left_out) {
  metric_families all;
  all.counter("a", "A.", 1);
  all.gauge("a", "A.", 2);
  EXPECT_EQ(all.text(), "# HELP a A.\n# TYPE a counter\na 1\n");
}

TEST(metric_families, histograms_are_cumulative_and_end_at_infinity) {
  metric_families all;
  all.histogram("h", "H.", {{1, 5}, {2, 0, 3}, 12.5});
  const std::string text = all.text();
  EXPECT_THAT(text, HasSubstr("h_count 5\nh_sum 12.5\n"));
  EXPECT_THAT(text, HasSubstr("h_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("h_bucket{le=\"5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("h_bucket{le=\"+Inf\"} 5\n"));
}

TEST(add_extensions, a_plugins_own_metrics_bear_its_name) {
  extension::extension_report now;
  extension::instance_report& one = now.instances.emplace_back();
  one.name = "keys";
  one.plugin = "range";
  one.version = "1.0.0";
  one.metrics.push_back({"seen_total", "Seen.", extension::metric_type::counter, 7, {}, {}});
  one.kinds.push_back({extension::kind::partitioner, {}});
  one.kinds.back().figures.overruns = 2;
  one.mismatches.emplace_back("a \"client\"", 3);
  metric_families all;
  add_extensions(now, all);
  const std::string text = all.text();
  EXPECT_THAT(text,
              HasSubstr("tidemill_extension_seen_total{instance=\"keys\",plugin=\"range\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("kind=\"partitioner\",reason=\"overrun\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("client_id=\"a \\\"client\\\"\"} 3\n"));
}

TEST(add_extensions, calls_that_hang_alike_are_one_line) {
  extension::extension_report now;
  for (const int seconds : {3, 7}) {
    now.hanging.push_back(
        {"slow", "1.0.0", "keys", "vote", std::chrono::seconds(seconds), nullptr});
  }
  metric_families all;
  add_extensions(now, all);
  const std::string text = all.text();
  EXPECT_THAT(text, HasSubstr("\ntidemill_plugin_calls_hanging 2\n"));
  EXPECT_THAT(text,
              HasSubstr("\ntidemill_plugin_call_hanging_seconds{instance=\"keys\",plugin=\"slow\","
                        "call=\"vote\"} 7\n"));
  EXPECT_EQ(text.find("} 3\n"), std::string::npos);
}

}  // namespace
}  // namespace tidemill::server
