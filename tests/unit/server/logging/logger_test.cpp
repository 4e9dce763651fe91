#include "server/logging/logger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::server {
namespace {

using testing::ElementsAre;

class hand_clock final : public io::clock {
 public:
  [[nodiscard]] io::monotonic_time now() const noexcept override { return at; }
  [[nodiscard]] io::wall_time wall_now() const noexcept override { return {}; }
  io::monotonic_time at{};
};

class kept_lines final : public log_output {
 public:
  void write(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

struct logger_test : testing::Test {
  hand_clock clock;
  kept_lines output;
};

TEST_F(logger_test, text_line_quotes_only_what_needs_it) {
  logger log({}, clock, output);
  log.info("listening", {{"address", "127.0.0.1:9092"},
                         {"port", std::int64_t{9092}},
                         {"reason", "not a word"},
                         {"empty", ""},
                         {"ready", true}});
  EXPECT_THAT(output.lines, ElementsAre("info listening address=127.0.0.1:9092 port=9092 "
                                        "reason=\"not a word\" empty=\"\" ready=true"));
}

TEST_F(logger_test, json_line_is_an_object_body) {
  logger log({.format = log_format::json}, clock, output);
  log.warn("odd", {{"client", "a\"b\n"}, {"count", std::uint64_t{3}}});
  EXPECT_THAT(output.lines,
              ElementsAre(R"("level":"warn","event":"odd","client":"a\"b\n","count":3)"));
}

TEST_F(logger_test, text_from_outside_stays_on_one_short_line) {
  logger log({}, clock, output);
  log.info("closed", {{"client", std::string(1 << 20, 'x') + "\r\nerror forged"},
                      {"software", "\x1b[2J\nfake"}});
  ASSERT_EQ(output.lines.size(), 1U);
  EXPECT_LT(output.lines[0].size(), 700U);
  EXPECT_EQ(output.lines[0].find_first_of("\r\n\x1b"), std::string::npos);
}

TEST_F(logger_test, lines_below_the_level_are_not_written) {
  logger log({.level = log_level::warn}, clock, output);
  log.info("no", {});
  log.warn("yes", {});
  log.set_level(log_level::debug);
  log.debug("now", {});
  EXPECT_THAT(output.lines, ElementsAre("warn yes", "debug now"));
}

TEST_F(logger_test, flood_of_one_event_is_cut_and_counted) {
  logger log({.lines_per_interval_max = 2, .interval = std::chrono::seconds(10)}, clock, output);
  for (int i = 0; i < 1000; ++i) {
    log.info("flood", {});
  }
  log.info("other", {});
  EXPECT_THAT(output.lines, ElementsAre("info flood", "info flood", "info other"));
  clock.at += std::chrono::seconds(10);
  log.info("flood", {});
  log.info("flood", {});
  EXPECT_THAT(output.lines, ElementsAre("info flood", "info flood", "info other",
                                        "info flood lines_left_out=998", "info flood"));
}

TEST(log_level, names_read_back) {
  for (const log_level level :
       {log_level::debug, log_level::info, log_level::warn, log_level::error}) {
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
}

}  // namespace
}  // namespace tidemill::server
