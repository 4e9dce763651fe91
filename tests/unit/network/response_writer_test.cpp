#include "network/response_writer.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/network/fake_stream.hpp"

namespace tidemill::network {
namespace {

using outcome = response_writer::outcome;
using state = response_queue::state;

response answer_of(std::string_view text) {
  response answer;
  const bytes_view bytes = as_bytes(text);
  answer.bytes.assign(bytes.begin(), bytes.end());
  return answer;
}

struct writing {
  response_queue queue;
  response_writer writer;
  test::fake_stream stream;
  std::unique_ptr<response_writer::scratch> copies = std::make_unique<response_writer::scratch>();
  std::uint64_t sent = 0;

  outcome write(std::size_t turn_bytes_max = SIZE_MAX) {
    return writer.write(queue, stream, *copies, turn_bytes_max, sent);
  }
};

TEST(response_queue, responses_completed_in_any_order_leave_in_request_order) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    writing run;
    std::vector<std::uint64_t> open;
    std::string expected;
    for (int i = 0; i < 50; ++i) {
      open.push_back(run.queue.open(10, true));
      expected += "<" + std::to_string(i) + ">";
    }
    std::vector<std::uint64_t> tickets = open;
    std::shuffle(tickets.begin(), tickets.end(), random);
    for (const std::uint64_t ticket : tickets) {
      run.queue.complete(ticket, state::ready, answer_of("<" + std::to_string(ticket) + ">"));
      run.stream.bytes_per_call = 1 + random() % 20;
      EXPECT_EQ(run.write(), outcome::done);
    }
    EXPECT_EQ(run.stream.written, expected);
    EXPECT_TRUE(run.queue.is_empty());
    EXPECT_EQ(run.queue.work_bytes(), 0U);
    EXPECT_EQ(run.queue.response_bytes(), 0U);
  }
}

TEST(response_queue, only_pipelined_requests_share_the_work) {
  response_queue queue;
  EXPECT_TRUE(queue.may_open(false));
  const auto first = queue.open(1, true);
  EXPECT_TRUE(queue.may_open(true));
  EXPECT_FALSE(queue.may_open(false));
  queue.complete(first, state::ready, {});
  EXPECT_TRUE(queue.may_open(false));
  (void)queue.open(1, false);
  EXPECT_FALSE(queue.may_open(true));
}

TEST(response_queue, forgotten_responses_keep_the_tickets_of_those_in_work) {
  response_queue queue;
  const auto first = queue.open(5, true);
  const auto second = queue.open(7, true);
  queue.complete(first, state::ready, answer_of("abc"));
  queue.forget_responses();
  EXPECT_EQ(queue.response_bytes(), 0U);
  EXPECT_TRUE(queue.at(first).answer.bytes.empty());
  EXPECT_EQ(queue.work_bytes(), 7U);
  queue.complete(second, state::nothing, {});
  queue.pop();
  queue.pop();
  EXPECT_TRUE(queue.is_empty());
}

TEST(response_writer, ready_responses_share_one_write) {
  writing run;
  for (int i = 0; i < 20; ++i) {
    run.queue.complete(run.queue.open(1, true), state::ready, answer_of("x"));
  }
  EXPECT_EQ(run.write(), outcome::done);
  EXPECT_EQ(run.stream.writes, 1);
}

TEST(response_writer, requests_without_response_are_passed_over) {
  writing run;
  run.queue.complete(run.queue.open(1, false), state::nothing, {});
  run.queue.complete(run.queue.open(1, false), state::ready, answer_of("a"));
  run.queue.complete(run.queue.open(1, false), state::nothing, {});
  run.queue.complete(run.queue.open(1, false), state::close, answer_of("because"));
  EXPECT_EQ(run.write(), outcome::close_asked);
  EXPECT_EQ(run.stream.written, "a");
}

struct ranges_run : writing {
  // Responses with ranges of all kinds of sizes between their bytes.
  std::string add(const std::shared_ptr<test::fake_file>& file, const std::string& content,
                  std::mt19937& random) {
    response answer = answer_of("0123456789");
    std::string expected;
    std::size_t done = 0;
    for (int i = 0; i < 3; ++i) {
      const std::size_t at = done + random() % (11 - done);
      const std::size_t sizes[] = {0, 10, 1000, 40'000, 300'000};
      const std::size_t size = sizes[random() % 5];
      const std::size_t position = random() % 1000;
      answer.slices.push_back({file, position, size, at});
      expected += std::string("0123456789").substr(done, at - done);
      expected += content.substr(position, size);
      done = at;
    }
    expected += std::string("0123456789").substr(done);
    queue.complete(queue.open(1, false), state::ready, std::move(answer));
    return expected;
  }
};

TEST(response_writer, ranges_stand_where_they_belong_however_the_stream_cuts) {
  std::mt19937 random(11);
  std::string content(400'000, '\0');
  for (char& c : content) {
    c = static_cast<char>('a' + random() % 26);
  }
  const auto file = std::make_shared<test::fake_file>(content);
  for (int round = 0; round < 300; ++round) {
    ranges_run run;
    std::string expected;
    for (int i = 0; i < 4; ++i) {
      expected += run.add(file, content, random);
    }
    outcome last = outcome::turn_over;
    for (int turns = 0; last != outcome::done && turns < 100'000; ++turns) {
      run.stream.bytes_per_call = 1 + random() % 50'000;
      last = run.write(1 + random() % 100'000);
      ASSERT_TRUE(last == outcome::done || last == outcome::turn_over);
    }
    ASSERT_EQ(run.stream.written.size(), expected.size());
    ASSERT_TRUE(run.stream.written == expected);
    ASSERT_EQ(run.sent, expected.size());
  }
}

TEST(response_writer, turn_ends_when_its_bytes_are_spent) {
  writing run;
  const auto file = std::make_shared<test::fake_file>(std::string(10U << 20U, 'f'));
  response answer = answer_of("head");
  answer.slices.push_back({file, 0, 10U << 20U, 4});
  run.queue.complete(run.queue.open(1, false), state::ready, std::move(answer));
  EXPECT_EQ(run.write(256U << 10U), outcome::turn_over);
  EXPECT_EQ(run.sent, 256U << 10U);
}

TEST(response_writer, cold_range_is_asked_for_once_and_then_sent) {
  for (const std::size_t size : {1000U, 400'000U}) {
    writing run;
    const auto file = std::make_shared<test::fake_file>(std::string(size, 'f'));
    file->resident = false;
    response answer = answer_of("head");
    answer.slices.push_back({file, 0, size, 4});
    run.queue.complete(run.queue.open(1, false), state::ready, std::move(answer));
    int asked = 0;
    while (run.write() == outcome::cold) {
      const file_slice range = run.writer.take_cold_range(run.queue);
      EXPECT_LE(range.size, response_writer::slice_bytes_max);
      ++asked;
    }
    EXPECT_EQ(asked, size > response_writer::slice_bytes_max ? 2 : 1);
    EXPECT_EQ(run.stream.written.size(), 4 + size);
  }
}

TEST(response_writer, file_shorter_than_its_range_is_an_error) {
  for (const std::size_t size : {1000U, 400'000U}) {
    writing run;
    response answer = answer_of("head");
    answer.slices.push_back({std::make_shared<test::fake_file>("short"), 0, size, 4});
    run.queue.complete(run.queue.open(1, false), state::ready, std::move(answer));
    EXPECT_EQ(run.write(), outcome::file_failed);
  }
}

TEST(response_writer, blocked_stream_goes_on_where_it_stopped) {
  writing run;
  run.queue.complete(run.queue.open(1, false), state::ready, answer_of("abcdef"));
  run.stream.bytes_per_call = 0;
  EXPECT_EQ(run.write(), outcome::blocked);
  run.stream.bytes_per_call = 4;
  EXPECT_EQ(run.write(), outcome::done);
  EXPECT_EQ(run.stream.written, "abcdef");
}

}  // namespace
}  // namespace tidemill::network
