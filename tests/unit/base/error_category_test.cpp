#include "base/error_category.hpp"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

enum class fault { none = 0, torn = 7 };

std::string_view reason(fault which) noexcept {
  return which == fault::torn ? "it is torn" : "unknown fault";
}

TEST(error_category, codes_have_the_name_and_the_words_of_their_room) {
  static const error_category<fault, reason> room("tidemill.test");
  static const error_category<fault, reason> other("tidemill.other");
  const boost::system::error_code torn(static_cast<int>(fault::torn), room);
  EXPECT_STREQ(torn.category().name(), "tidemill.test");
  EXPECT_EQ(torn.message(), "it is torn");
  EXPECT_EQ(boost::system::error_code(99, room).message(), "unknown fault");
  EXPECT_NE(torn, boost::system::error_code(static_cast<int>(fault::torn), other));
}

}  // namespace
}  // namespace tidemill
