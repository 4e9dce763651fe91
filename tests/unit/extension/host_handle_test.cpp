#include "extension/host_handle.hpp"

#include <gtest/gtest.h>

#include "tests/unit/extension/scripted_plugin.hpp"
#include "tidemill/host.h"

namespace tidemill::extension {
namespace {

template <class Table>
const Table& service(const host_handle& handle, const char* id) {
  return *static_cast<const Table*>(handle.raw()->extension(handle.raw(), id));
}

tidemill_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct host_handle_test : ::testing::Test {
  testing::surroundings around;
  config_values config;
  std::unique_ptr<host_handle> made;

  host_handle& handle(std::uint64_t memory_bytes_max = 1000) {
    made = std::make_unique<host_handle>(
        around.environment, host_identity{"plugin", "instance", memory_bytes_max}, config);
    return *made;
  }
};

TEST_F(host_handle_test, every_service_is_there_and_others_are_not) {
  host_handle& here = handle();
  for (const char* id : {TIDEMILL_HOST_LOG, TIDEMILL_HOST_MEMORY, TIDEMILL_HOST_CLOCK,
                         TIDEMILL_HOST_METRICS, TIDEMILL_HOST_COMPLETION, TIDEMILL_HOST_CONFIG}) {
    const auto* table = static_cast<const std::uint32_t*>(here.raw()->extension(here.raw(), id));
    ASSERT_NE(table, nullptr) << id;
    EXPECT_GT(*table, 8U) << id;
  }
  EXPECT_EQ(here.raw()->extension(here.raw(), "tidemill.host.log/2"), nullptr);
  EXPECT_EQ(here.raw()->extension(here.raw(), nullptr), nullptr);
  EXPECT_STREQ(here.raw()->instance_name, "instance");
  EXPECT_EQ(here.raw()->shard_count, 2U);
}

TEST_F(host_handle_test, lines_beyond_the_rate_are_counted_instead_of_written) {
  host_handle& here = handle();
  const auto& log = service<tidemill_host_log>(here, TIDEMILL_HOST_LOG);
  for (std::uint32_t i = 0; i < host_handle::lines_per_interval_max + 5; ++i) {
    log.write(here.raw(), TIDEMILL_LOG_INFO, bytes("hello"));
  }
  EXPECT_EQ(around.log.lines.size(), host_handle::lines_per_interval_max);
  EXPECT_EQ(around.log.lines.front(), "plugin/instance: hello");
  around.clock.advance(host_handle::line_interval);
  log.write(here.raw(), TIDEMILL_LOG_INFO, bytes("again"));
  ASSERT_EQ(around.log.lines.size(), host_handle::lines_per_interval_max + 2);
  EXPECT_EQ(around.log.lines[host_handle::lines_per_interval_max],
            "plugin/instance: 5 lines were left out, too many at a time");
}

TEST_F(host_handle_test, lines_below_the_level_are_not_made) {
  around.log.least = line_level::warning;
  host_handle& here = handle();
  const auto& log = service<tidemill_host_log>(here, TIDEMILL_HOST_LOG);
  EXPECT_EQ(log.enabled(here.raw(), TIDEMILL_LOG_INFO), 0);
  EXPECT_NE(log.enabled(here.raw(), TIDEMILL_LOG_ERROR), 0);
  log.write(here.raw(), TIDEMILL_LOG_INFO, bytes("hello"));
  EXPECT_TRUE(around.log.lines.empty());
}

TEST_F(host_handle_test, memory_is_counted_and_ends_at_the_budget) {
  host_handle& here = handle(1000);
  const auto& memory = service<tidemill_host_memory>(here, TIDEMILL_HOST_MEMORY);
  void* first = memory.allocate(here.raw(), 600, 64);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 64, 0U);
  EXPECT_EQ(here.allocated_bytes(), 600U);
  EXPECT_EQ(memory.allocate(here.raw(), 401, 8), nullptr);
  EXPECT_EQ(memory.allocate(here.raw(), ~std::size_t{0}, 8), nullptr);
  EXPECT_EQ(memory.allocate(here.raw(), 8, 3), nullptr);
  EXPECT_EQ(memory.allocate(here.raw(), 8, 8192), nullptr);
  EXPECT_EQ(here.allocated_bytes(), 600U);
  memory.release(here.raw(), first, 600, 64);
  memory.release(here.raw(), nullptr, 600, 64);
  EXPECT_EQ(here.allocated_bytes(), 0U);
}

TEST_F(host_handle_test, clocks_are_those_of_the_broker) {
  host_handle& here = handle();
  const auto& clock = service<tidemill_host_clock>(here, TIDEMILL_HOST_CLOCK);
  const std::uint64_t before = clock.monotonic_ns(here.raw());
  around.clock.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(clock.monotonic_ns(here.raw()) - before, 5'000'000U);
  EXPECT_EQ(clock.wall_ms(here.raw()), around.clock.wall_now().time_since_epoch().count());
}

TEST_F(host_handle_test, configuration_tells_unset_from_undeclared_and_ends_lists) {
  config["list"] = {TIDEMILL_TYPE_INTEGER_LIST, false, true, {{4, 0, {}}, {5, 0, {}}}, ""};
  config["unset"] = {TIDEMILL_TYPE_TEXT, false, false, {}, ""};
  config["empty"] = {TIDEMILL_TYPE_TEXT_LIST, false, true, {}, ""};
  host_handle& here = handle();
  const auto& read = service<tidemill_host_config>(here, TIDEMILL_HOST_CONFIG);
  tidemill_config_value value{};
  EXPECT_EQ(read.get(here.raw(), "list", 1, &value), TIDEMILL_OK);
  EXPECT_EQ(value.integer, 5);
  EXPECT_EQ(value.count, 2U);
  EXPECT_EQ(value.type, TIDEMILL_TYPE_INTEGER);
  EXPECT_EQ(read.get(here.raw(), "list", 2, &value), TIDEMILL_INVALID);
  EXPECT_EQ(read.get(here.raw(), "unset", 0, &value), TIDEMILL_UNAVAILABLE);
  EXPECT_EQ(read.get(here.raw(), "undeclared", 0, &value), TIDEMILL_UNSUPPORTED);
  EXPECT_EQ(read.get(here.raw(), "empty", 0, &value), TIDEMILL_OK);
  EXPECT_EQ(value.count, 0U);
  EXPECT_EQ(read.get(here.raw(), "list", 0, nullptr), TIDEMILL_INVALID);
}

struct shared_names_test : ::testing::Test {
  testing::surroundings around;

  [[nodiscard]] std::unique_ptr<host_handle> handle(const std::string& name) const {
    return std::make_unique<host_handle>(around.environment, host_identity{name, "", 1 << 20},
                                         config_values());
  }
  static std::uint32_t add(host_handle& to, metric_type type, const std::string& name) {
    const std::array<double, 1> bounds{1};
    return to.add_metric(type, name, "",
                         type == metric_type::histogram ? std::span<const double>(bounds)
                                                        : std::span<const double>());
  }
  [[nodiscard]] std::string last_line() const {
    return around.log.lines.empty() ? std::string() : around.log.lines.back();
  }
};

TEST_F(shared_names_test, a_name_has_one_type_whoever_registers_it) {
  auto first = handle("first");
  auto second = handle("second");
  EXPECT_NE(add(*first, metric_type::counter, "seen"), plugin_metrics::no_metric);
  EXPECT_EQ(add(*first, metric_type::gauge, "seen"), plugin_metrics::no_metric);
  EXPECT_EQ(add(*second, metric_type::gauge, "seen"), plugin_metrics::no_metric);
  EXPECT_EQ(
      last_line(),
      "second/: a metric is refused: the gauge \"seen\" would share \"seen\" with the counter "
      "\"seen\", which was there first");
  EXPECT_NE(add(*second, metric_type::counter, "seen"), plugin_metrics::no_metric);
  first.reset();
  EXPECT_EQ(add(*handle("third"), metric_type::gauge, "seen"), plugin_metrics::no_metric);
  second.reset();
  EXPECT_NE(add(*handle("third"), metric_type::gauge, "seen"), plugin_metrics::no_metric);
}

TEST_F(shared_names_test, a_histogram_has_the_names_of_its_lines_too) {
  auto one = handle("one");
  auto other = handle("other");
  EXPECT_NE(add(*one, metric_type::histogram, "size"), plugin_metrics::no_metric);
  for (const std::string name : {"size", "size_bucket", "size_count", "size_sum"}) {
    EXPECT_EQ(add(*one, metric_type::counter, name), plugin_metrics::no_metric) << name;
    EXPECT_EQ(add(*other, metric_type::gauge, name), plugin_metrics::no_metric) << name;
    EXPECT_NE(last_line().find("with the histogram \"size\""), std::string::npos);
  }
  EXPECT_NE(add(*other, metric_type::counter, "time_sum"), plugin_metrics::no_metric);
  EXPECT_EQ(add(*one, metric_type::histogram, "time"), plugin_metrics::no_metric);
  // What was refused holds nothing.
  EXPECT_NE(add(*one, metric_type::counter, "time"), plugin_metrics::no_metric);
}

TEST_F(shared_names_test, bad_names_and_bounds_are_told_and_hold_nothing) {
  auto one = handle("one");
  EXPECT_EQ(add(*one, metric_type::counter, "No\n"), plugin_metrics::no_metric);
  EXPECT_EQ(last_line(),
            "one/: a metric is refused: the name is \"No\\n\", expected "
            "[a-z][a-z0-9_]*, at most 64 bytes");
  const std::array<double, 2> falling{2, 1};
  EXPECT_EQ(one->add_metric(metric_type::histogram, "h", "", falling), plugin_metrics::no_metric);
  EXPECT_NE(last_line().find("expected rising finite bounds"), std::string::npos);
  EXPECT_NE(add(*one, metric_type::gauge, "h"), plugin_metrics::no_metric);
}

}  // namespace
}  // namespace tidemill::extension
