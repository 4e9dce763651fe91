#include "extension/completions.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/manual_event_loop.hpp"

namespace tidemill::extension {
namespace {

struct completions_test : ::testing::Test {
  completions calls;
  test::manual_clock clock;
  test::manual_event_loop home{clock};
  int owner = 0;
  int answered = 0;
  tidemill_status status = TIDEMILL_PENDING;

  tidemill_token expect() {
    return calls.expect(
        &owner, home, [this](tidemill_status with, const void* result, const tidemill_error*) {
          const int copy = result == nullptr ? -1 : *static_cast<const int*>(result);
          return [this, with, copy] {
            status = with;
            answered = copy;
          };
        });
  }
};

TEST_F(completions_test, any_thread_completes_and_the_shard_that_asked_goes_on) {
  const tidemill_token token = expect();
  std::thread other([&] {
    int result = 42;
    calls.complete(&owner, token, TIDEMILL_DONE, &result, nullptr);
    result = 0;
  });
  other.join();
  EXPECT_EQ(answered, 0);
  home.run();
  EXPECT_EQ(answered, 42);
  EXPECT_EQ(status, TIDEMILL_DONE);
  EXPECT_EQ(calls.in_flight(), 0U);
}

TEST_F(completions_test, only_the_first_completion_counts_and_late_ones_are_harmless) {
  const tidemill_token token = expect();
  int result = 1;
  calls.complete(&owner, token, TIDEMILL_OK, &result, nullptr);
  result = 2;
  calls.complete(&owner, token, TIDEMILL_OK, &result, nullptr);
  calls.complete(&owner, token + 1000, TIDEMILL_OK, &result, nullptr);
  EXPECT_EQ(home.run(), 1U);
  EXPECT_EQ(answered, 1);
}

TEST_F(completions_test, pending_and_strangers_complete_nothing) {
  const tidemill_token token = expect();
  int stranger = 0;
  calls.complete(&owner, token, TIDEMILL_PENDING, nullptr, nullptr);
  calls.complete(&stranger, token, TIDEMILL_OK, nullptr, nullptr);
  EXPECT_EQ(home.run(), 0U);
  EXPECT_EQ(calls.in_flight(), 1U);
  EXPECT_TRUE(calls.cancel(token));
  EXPECT_FALSE(calls.cancel(token));
  calls.complete(&owner, token, TIDEMILL_OK, nullptr, nullptr);
  EXPECT_EQ(home.run(), 0U);
}

TEST_F(completions_test, tokens_are_never_zero_and_never_used_twice) {
  const tidemill_token first = expect();
  calls.cancel(first);
  const tidemill_token second = expect();
  EXPECT_NE(first, 0U);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace tidemill::extension
