#include "record/errc.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace tidemill::record {
namespace {

TEST(errc, every_error_has_a_reason_of_its_own) {
  std::set<std::string_view> reasons;
  for (int value = 1; value <= static_cast<int>(errc::control_record_invalid); ++value) {
    const auto error = static_cast<errc>(value);
    EXPECT_TRUE(reasons.insert(reason(error)).second) << value;
    EXPECT_EQ(make_error_code(error).message(), reason(error));
  }
  EXPECT_EQ(make_error_code(errc::crc_mismatch).category().name(),
            std::string_view("tidemill.record"));
}

}  // namespace
}  // namespace tidemill::record
