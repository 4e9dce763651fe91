#include "network/held_memory.hpp"

#include <gtest/gtest.h>

namespace tidemill::network {
namespace {

TEST(held_memory, below_the_bound_nobody_is_to_end) {
  held_memory books(100);
  held_memory::holder first(1);
  held_memory::holder second(2);
  books.set(first, 60, true);
  books.set(second, 40, true);
  EXPECT_EQ(books.bytes(), 100U);
  EXPECT_EQ(books.to_end(), nullptr);
}

TEST(held_memory, above_it_who_stood_still_longest_is_to_end) {
  held_memory books(100);
  held_memory::holder first(1);
  held_memory::holder second(2);
  books.set(first, 60, true);
  books.set(second, 41, true);
  ASSERT_NE(books.to_end(), nullptr);
  EXPECT_EQ(books.to_end()->who(), 1U);
}

TEST(held_memory, one_that_alone_holds_more_is_let_be) {
  held_memory books(100);
  held_memory::holder first(1);
  books.set(first, 150, true);
  EXPECT_EQ(books.to_end(), nullptr);
  held_memory::holder second(2);
  books.set(second, 1, true);
  ASSERT_NE(books.to_end(), nullptr);
  EXPECT_EQ(books.to_end()->who(), 1U);
  books.set(first, 140, true);
  EXPECT_EQ(books.to_end()->who(), 2U) << "it has come on";
}

TEST(held_memory, growing_without_coming_on_keeps_the_place) {
  held_memory books(100);
  held_memory::holder first(1);
  held_memory::holder second(2);
  books.set(first, 10, true);
  books.set(second, 10, true);
  books.set(first, 95, false);
  ASSERT_NE(books.to_end(), nullptr);
  EXPECT_EQ(books.to_end()->who(), 1U);
}

TEST(held_memory, coming_on_goes_behind_all_others) {
  held_memory books(100);
  held_memory::holder first(1);
  held_memory::holder second(2);
  books.set(first, 10, true);
  books.set(second, 10, true);
  books.set(first, 95, true);
  ASSERT_NE(books.to_end(), nullptr);
  EXPECT_EQ(books.to_end()->who(), 2U);
}

TEST(held_memory, oldest_is_who_stood_still_longest_also_below_the_bound) {
  held_memory books(100);
  EXPECT_EQ(books.oldest(), nullptr);
  held_memory::holder first(1);
  held_memory::holder second(2);
  books.set(first, 10, true);
  books.set(second, 10, true);
  ASSERT_NE(books.oldest(), nullptr);
  EXPECT_EQ(books.oldest()->who(), 1U);
  books.set(first, 10, true);
  EXPECT_EQ(books.oldest()->who(), 2U);
}

TEST(held_memory, holding_nothing_leaves_the_books) {
  held_memory books(10);
  held_memory::holder first(1);
  held_memory::holder second(2);
  books.set(first, 8, true);
  books.set(second, 8, true);
  books.set(first, 0, false);
  EXPECT_EQ(books.bytes(), 8U);
  EXPECT_EQ(books.to_end(), nullptr);
  books.set(first, 8, false);
  ASSERT_NE(books.to_end(), nullptr);
  EXPECT_EQ(books.to_end()->who(), 2U) << "who begins anew stands behind";
}

}  // namespace
}  // namespace tidemill::network
