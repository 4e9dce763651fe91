#include "log/open_logs.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "log/log.hpp"
#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;

std::unique_ptr<log> open_log(simulated_log& on, open_logs& list, int index,
                              bool in_service = true) {
  open_request request;
  request.directory = "/data/many-" + std::to_string(index);
  request.options = std::make_shared<log_options>(on.options);
  request.exists = false;
  request.in_service = in_service;
  return log::open({on.disk, on.clock, list}, std::move(request), on.report).value();
}

TEST(open_logs, idle_logs_give_their_descriptors_back) {
  simulated_log on;
  open_logs few(2);
  std::vector<std::unique_ptr<log>> logs;
  for (int index = 0; index < 5; ++index) {
    logs.push_back(open_log(on, few, index));
    ASSERT_TRUE(on.append(*logs.back(), make_batch(1)));
  }
  EXPECT_EQ(few.size(), 2U);
  EXPECT_EQ(on.disk.open_file_count(), 2U);
  for (auto& one : logs) {
    EXPECT_EQ(simulated_log::bases(*one, offset{0}).size(), 1U);
    ASSERT_TRUE(on.append(*one, make_batch(1)));
  }
  EXPECT_LE(on.disk.open_file_count(), 2U);
}

TEST(open_logs, logs_that_are_idle_give_their_files_to_one_that_finds_no_descriptor) {
  simulated_log on;
  open_logs list(10);
  std::vector<std::unique_ptr<log>> logs;
  for (int index = 0; index < 3; ++index) {
    logs.push_back(open_log(on, list, index));
    ASSERT_TRUE(on.append(*logs.back(), make_batch(1)));
  }
  logs[0]->release_files();
  on.disk.fail(test::simulated_disk::operation::open, 1, EMFILE);
  EXPECT_TRUE(on.append(*logs[0], make_batch(1)));
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(on.disk.open_file_count(), 1U);
  EXPECT_EQ(simulated_log::bases(*logs[2], offset{0}).size(), 1U);
}

// A log is opened on another thread than the one that the list belongs to.
TEST(open_logs, log_that_is_not_in_service_leaves_the_list_alone) {
  simulated_log on;
  open_logs list(2);
  const auto opened = open_log(on, list, 0, false);
  ASSERT_TRUE(on.append(*opened, make_batch(1)));
  ASSERT_TRUE(simulated_log::flush(*opened));
  ASSERT_TRUE(opened->read(offset{0}, {}));
  EXPECT_TRUE(opened->has_files_open());
  EXPECT_EQ(list.size(), 0U);
  opened->enter_service();
  EXPECT_EQ(list.size(), 1U);
}

}  // namespace
}  // namespace tidemill::log
