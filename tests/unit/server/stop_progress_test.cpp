#include "server/stop_progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_event_loop.hpp"

namespace tidemill::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class kept_lines final : public log_output {
 public:
  void write(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

struct stop_progress_test : testing::Test {
  test::manual_clock clock;
  test::manual_event_loop loop{clock};
  kept_lines output;
  logger log{{}, clock, output};
};

TEST_F(stop_progress_test, quick_stop_says_nothing) {
  {
    stop_progress progress(loop, log);
    progress.waits_for("connections");
    loop.run_for(std::chrono::milliseconds(1900));
  }
  loop.run_for(std::chrono::seconds(10));
  EXPECT_THAT(output.lines, IsEmpty());
}

TEST_F(stop_progress_test, slow_stop_says_what_it_waits_for) {
  stop_progress progress(loop, log);
  progress.waits_for("connections");
  loop.run_for(std::chrono::seconds(3));
  progress.waits_for("logs");
  loop.run_for(std::chrono::seconds(2));
  EXPECT_THAT(output.lines, ElementsAre("info still_stopping waits_for=connections seconds=2",
                                        "info still_stopping waits_for=logs seconds=4"));
}

}  // namespace
}  // namespace tidemill::server
