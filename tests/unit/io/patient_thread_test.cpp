#include "io/patient_thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace tidemill::io {
namespace {

TEST(patient_thread, one_thread_does_all_the_work_that_ends) {
  patient_thread runner;
  std::thread::id first;
  std::thread::id second;
  ASSERT_TRUE(runner.run([&] { first = std::this_thread::get_id(); }, std::chrono::hours(1)));
  ASSERT_TRUE(runner.run([&] { second = std::this_thread::get_id(); }, std::chrono::hours(1)));
  EXPECT_NE(first, std::this_thread::get_id());
  EXPECT_EQ(first, second);
}

/// Tells where and that it was destroyed.
struct told_when_gone {
  std::promise<std::thread::id>* gone;
  explicit told_when_gone(std::promise<std::thread::id>& into) : gone(&into) {}
  told_when_gone(told_when_gone&& other) noexcept : gone(std::exchange(other.gone, nullptr)) {}
  told_when_gone& operator=(told_when_gone&&) = delete;
  ~told_when_gone() {
    if (gone != nullptr) {
      gone->set_value(std::this_thread::get_id());
    }
  }
};

TEST(patient_thread, what_does_not_return_is_left_its_thread_and_others_go_on) {
  std::promise<void> may_return;
  std::promise<std::thread::id> gone;
  {
    patient_thread runner;
    auto waits = [&may_return, told = told_when_gone(gone)] { may_return.get_future().wait(); };
    EXPECT_FALSE(runner.run(std::move(waits), std::chrono::milliseconds(1)));
    std::thread::id next;
    EXPECT_TRUE(runner.run([&] { next = std::this_thread::get_id(); }, std::chrono::hours(1)));
    EXPECT_NE(next, std::thread::id());
  }
  auto ended = gone.get_future();
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  may_return.set_value();
  EXPECT_NE(ended.get(), std::this_thread::get_id());
}

}  // namespace
}  // namespace tidemill::io
