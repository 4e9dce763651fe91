#include "network/frame_reader.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/big_endian.hpp"

namespace tidemill::network {
namespace {

std::string framed(std::string_view content) {
  std::string bytes(4, '\0');
  store_big_endian(reinterpret_cast<std::byte*>(bytes.data()),
                   static_cast<std::int32_t>(content.size()));
  return bytes + std::string(content);
}

std::string content_of(std::size_t size, unsigned seed) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    content[i] = static_cast<char>((i * 31 + seed * 7 + (i >> 8U)) & 0xffU);
  }
  return content;
}

struct reading {
  memory_budget budget{64U << 20U, 24U << 20U};
  slab_pool slabs{4};
  frame_reader reader{100U << 20U, budget, 1};
  std::vector<frame> held;
  std::vector<std::string> seen;

  // Feeds what the reader has room for, as one read would.
  frame_reader::outcome feed(std::string_view bytes) {
    frame_reader::outcome outcome = frame_reader::outcome::incomplete;
    while (!bytes.empty()) {
      EXPECT_TRUE(reader.reserve());
      const read_room room = slabs.room();
      frame_reader::read_pieces pieces;
      std::size_t size = 0;
      for (const mutable_bytes piece : reader.pieces(room, pieces)) {
        const std::size_t part = std::min(piece.size(), bytes.size());
        std::memcpy(piece.data(), bytes.data(), part);
        bytes.remove_prefix(part);
        size += part;
      }
      const std::size_t in_room = reader.accept(size, room);
      frame next;
      while ((outcome = reader.next(next)) == frame_reader::outcome::frame) {
        seen.emplace_back(as_text(next.bytes));
        held.push_back(std::move(next));
      }
      if (reader.leave_room()) {
        slabs.keep(in_room);
      }
      if (outcome == frame_reader::outcome::size_invalid) {
        break;
      }
    }
    return outcome;
  }
};

TEST(frame_reader, frames_cut_at_every_byte_come_out_whole) {
  const std::vector<std::string> contents{content_of(1, 1), content_of(30, 2), content_of(3000, 3),
                                          content_of(2, 4)};
  std::string all;
  for (const auto& content : contents) {
    all += framed(content);
  }
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    reading run;
    (void)run.feed(std::string_view(all).substr(0, cut));
    (void)run.feed(std::string_view(all).substr(cut));
    ASSERT_EQ(run.seen, contents) << cut;
    ASSERT_FALSE(run.reader.is_inside_frame());
  }
}

TEST(frame_reader, frames_one_byte_at_a_time_come_out_whole) {
  reading run;
  const std::string all = framed(content_of(5000, 1)) + framed(content_of(7, 2));
  for (const char byte : all) {
    (void)run.feed(std::string_view(&byte, 1));
  }
  EXPECT_EQ(run.seen, (std::vector{content_of(5000, 1), content_of(7, 2)}));
}

TEST(frame_reader, random_frames_in_random_pieces_keep_their_bytes_while_held) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    reading run;
    std::vector<std::string> contents;
    std::string all;
    for (unsigned i = 0; i < 40; ++i) {
      const std::size_t size_max = random() % 5 == 0 ? 400'000 : 20'000;
      contents.push_back(content_of(1 + random() % size_max, i));
      all += framed(contents.back());
    }
    std::string_view rest = all;
    while (!rest.empty()) {
      const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % 300'000);
      (void)run.feed(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    ASSERT_EQ(run.seen, contents);
    for (std::size_t i = 0; i < contents.size(); ++i) {
      ASSERT_EQ(as_text(run.held[i].bytes), contents[i]) << "overwritten while held";
    }
    EXPECT_EQ(run.budget.partial_bytes(), 0U);
  }
}

TEST(frame_reader, announced_size_alone_takes_no_memory) {
  reading run;
  (void)run.feed(framed(std::string(90U << 20U, 'x')).substr(0, 4));
  EXPECT_TRUE(run.reader.is_inside_frame());
  EXPECT_EQ(run.budget.partial_bytes(), 0U);
}

TEST(frame_reader, large_frame_takes_memory_as_it_comes) {
  reading run;
  const std::string large = framed(content_of(8U << 20U, 3));
  (void)run.feed(std::string_view(large).substr(0, 1U << 20U));
  EXPECT_LE(run.budget.partial_bytes(), 2U << 20U);
  (void)run.feed(std::string_view(large).substr(1U << 20U));
  ASSERT_EQ(run.seen.size(), 1U);
  EXPECT_EQ(run.seen[0], large.substr(4));
  EXPECT_EQ(run.budget.partial_bytes(), 0U);
}

TEST(frame_reader, spent_budget_stops_a_large_frame_and_overdraft_lets_it_on) {
  memory_budget budget(64U << 20U, 1U << 20U);
  slab_pool slabs(4);
  frame_reader reader(100U << 20U, budget, 7);
  const std::string large = framed(content_of(4U << 20U, 3));
  std::size_t fed = 0;
  const auto feed_until_refused = [&] {
    while (fed < large.size() && reader.reserve()) {
      const read_room room = slabs.room();
      frame_reader::read_pieces pieces;
      const mutable_bytes place = reader.pieces(room, pieces).front();
      const std::size_t size = std::min(place.size(), large.size() - fed);
      std::memcpy(place.data(), large.data() + fed, size);
      (void)reader.accept(size, room);
      fed += size;
      frame next;
      if (reader.next(next) == frame_reader::outcome::frame) {
        EXPECT_EQ(as_text(next.bytes), large.substr(4));
      }
      (void)reader.leave_room();
    }
  };
  feed_until_refused();
  EXPECT_LT(fed, 2U << 20U);
  EXPECT_LE(budget.partial_bytes(), 1U << 20U);
  budget.wait(7, 1);
  EXPECT_EQ(budget.next_waiter(), 7U);
  feed_until_refused();
  EXPECT_EQ(fed, large.size());
  EXPECT_EQ(budget.partial_bytes(), 0U);
}

TEST(frame_reader, sizes_that_cannot_be_are_refused_with_a_guess) {
  const auto refusal = [](std::string_view bytes) {
    reading run;
    EXPECT_EQ(run.feed(bytes), frame_reader::outcome::size_invalid);
    return run.reader.bad_size();
  };
  EXPECT_THAT(refusal(std::string("\xff\xff\xff\xff", 4)), testing::HasSubstr("-1 bytes"));
  EXPECT_THAT(refusal(std::string("\0\0\0\0", 4)), testing::HasSubstr("0 bytes"));
  EXPECT_THAT(refusal(std::string("\x7f\xff\xff\xff", 4)), testing::HasSubstr("2147483647"));
  EXPECT_THAT(refusal(std::string("\x16\x03\x01\x02\x00\x01", 6)), testing::HasSubstr("TLS"));
  EXPECT_THAT(refusal("GET / HTTP/1.1\r\n"), testing::HasSubstr("HTTP"));
  EXPECT_THAT(refusal(std::string("\x06\x40\x00\x01", 4)), testing::HasSubstr("104857601"));
}

TEST(slab_pool, room_without_owner_when_all_slabs_are_held_and_slabs_come_back) {
  slab_pool slabs(2);
  std::vector<std::shared_ptr<void>> owners;
  for (int i = 0; i < 2; ++i) {
    const read_room room = slabs.room();
    ASSERT_NE(room.owner, nullptr);
    owners.push_back(room.owner);
    slabs.keep(room.bytes.size());
  }
  EXPECT_EQ(slabs.room().owner, nullptr);
  owners.clear();
  EXPECT_NE(slabs.room().owner, nullptr);
}

constexpr std::size_t large = memory_budget::medium_bytes_max + 1;

TEST(memory_budget, only_one_large_waiter_goes_over_the_budget) {
  memory_budget budget(100, 100);
  budget.force_partial(100);
  budget.wait(1, large);
  budget.wait(2, large);
  EXPECT_EQ(budget.next_waiter(), 1U);
  EXPECT_EQ(budget.next_waiter(), std::nullopt);
  EXPECT_TRUE(budget.take_partial(50, 1));
  EXPECT_FALSE(budget.take_partial(1, 2));
  budget.end_overdraft(1);
  EXPECT_EQ(budget.next_waiter(), 2U);
  budget.give_partial(150);
  budget.end_overdraft(2);
  EXPECT_TRUE(budget.take_partial(60, 3));
}

TEST(memory_budget, medium_waiters_go_over_the_budget_beside_a_large_one) {
  memory_budget budget(100, 100);
  budget.force_partial(100);
  budget.wait(1, large);
  EXPECT_EQ(budget.next_waiter(), 1U);
  budget.wait(2, large);
  budget.wait(3, 10);
  budget.wait(4, 15);
  EXPECT_EQ(budget.next_waiter(), 3U);
  EXPECT_EQ(budget.next_waiter(), 4U);
  EXPECT_TRUE(budget.take_partial(10, 3));
  budget.wait(5, 1);
  EXPECT_EQ(budget.next_waiter(), std::nullopt) << "a quarter of the budget is given";
  EXPECT_TRUE(budget.is_contended());
  budget.end_overdraft(3);
  EXPECT_FALSE(budget.has_overdraft(3));
  EXPECT_TRUE(budget.has_overdraft(1));
  EXPECT_TRUE(budget.has_overdraft(4));
  EXPECT_EQ(budget.next_waiter(), 5U);
}

TEST(memory_budget, lone_medium_waiter_goes_over_however_small_the_budget_is) {
  memory_budget budget(100, 100);
  budget.force_partial(100);
  budget.wait(1, large);
  budget.wait(2, memory_budget::medium_bytes_max);
  EXPECT_EQ(budget.next_waiter(), 2U);
  EXPECT_EQ(budget.next_waiter(), 1U);
}

TEST(memory_budget, contention_ends_when_half_of_it_is_free) {
  memory_budget budget(100, 100);
  budget.force_partial(60);
  EXPECT_FALSE(budget.is_contended()) << "nobody waits";
  budget.wait(1, 50);
  EXPECT_TRUE(budget.is_contended());
  budget.give_partial(20);
  EXPECT_FALSE(budget.is_contended());
}

TEST(memory_budget, turns_go_to_the_smallest_and_the_oldest_in_alternation) {
  memory_budget budget(100, 100);
  for (std::uint64_t who = 1; who <= 4; ++who) {
    budget.wait(who, 100 - who);
  }
  EXPECT_EQ(budget.next_waiter(), 4U);
  EXPECT_EQ(budget.next_waiter(), 1U);
  EXPECT_EQ(budget.next_waiter(), 3U);
  EXPECT_EQ(budget.next_waiter(), 2U);
  EXPECT_EQ(budget.next_waiter(), std::nullopt);
}

TEST(memory_budget, frames_in_work_stop_all_reading) {
  memory_budget budget(100, 100);
  budget.take_work(100);
  EXPECT_FALSE(budget.may_read(1));
  budget.wait(1, 1);
  EXPECT_EQ(budget.next_waiter(), std::nullopt);
  budget.give_work(1);
  EXPECT_TRUE(budget.may_read(1));
  EXPECT_EQ(budget.next_waiter(), 1U);
}

}  // namespace
}  // namespace tidemill::network
