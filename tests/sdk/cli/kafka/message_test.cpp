#include "kafka/wire/message.hpp"

#include <gtest/gtest.h>

namespace tidemill::cli::wire {
namespace {

TEST(message, what_is_written_is_read_back) {
  message_writer to;
  to.int8(-2);
  to.int16(-3);
  to.int32(1 << 30);
  to.boolean(true);
  to.string("plain");
  to.nullable_string(std::nullopt);
  to.array(0);
  to.compact_string(std::string(300, 'c'));
  to.compact_array(0);
  to.no_tags();
  message_reader from(to.bytes());
  EXPECT_EQ(from.int8(), -2);
  EXPECT_EQ(from.int16(), -3);
  EXPECT_EQ(from.int32(), 1 << 30);
  EXPECT_TRUE(from.boolean());
  EXPECT_EQ(from.string(), "plain");
  EXPECT_EQ(from.string(), "");
  EXPECT_EQ(from.array(), 0U);
  EXPECT_EQ(from.compact_string(), std::string(300, 'c'));
  EXPECT_EQ(from.compact_array(), 0U);
  from.skip_tags();
  EXPECT_TRUE(from.is_well());
}

TEST(message, every_cut_is_noticed) {
  message_writer to;
  to.string("text");
  to.compact_string("more");
  for (std::size_t size = 0; size < to.bytes().size(); ++size) {
    message_reader from({to.bytes().begin(), to.bytes().begin() + static_cast<long>(size)});
    static_cast<void>(from.string());
    static_cast<void>(from.compact_string());
    EXPECT_FALSE(from.is_well()) << size;
  }
}

TEST(message, lengths_beyond_the_end_are_refused_without_allocating) {
  message_writer to;
  to.int32(0x7FFFFFFF);
  message_reader array(to.bytes());
  EXPECT_EQ(array.array(), 0U);
  EXPECT_FALSE(array.is_well());
  message_reader compact(
      {std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0x0F}});
  EXPECT_EQ(compact.compact_array(), 0U);
  EXPECT_FALSE(compact.is_well());
  message_reader endless(std::vector<std::byte>(10, std::byte{0x80}));
  endless.skip_tags();
  EXPECT_FALSE(endless.is_well());
}

}  // namespace
}  // namespace tidemill::cli::wire
