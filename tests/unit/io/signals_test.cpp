#include "io/asio/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "io/asio/loop_thread.hpp"

namespace tidemill::io::asio {
namespace {

TEST(signals, each_of_the_three_arrives_on_the_loop) {
  loop_thread thread("signals");
  std::vector<int> arrived;
  constexpr int wanted[] = {SIGHUP, SIGTERM, SIGINT, SIGHUP};
  signals watched(thread.loop(), [&](int number) {
    EXPECT_TRUE(thread.loop().is_current());
    arrived.push_back(number);
    if (arrived.size() == std::size(wanted)) {
      thread.end_run();
    } else {
      ::raise(wanted[arrived.size()]);
    }
  });
  thread.loop().post([&] { ::raise(wanted[0]); });
  thread.run();
  EXPECT_EQ(arrived, std::vector<int>(std::begin(wanted), std::end(wanted)));
}

}  // namespace
}  // namespace tidemill::io::asio
