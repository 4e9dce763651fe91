// Compares what the generator makes of three schema files with copies kept in golden/, so that a
// change of the generator is seen in review.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tidemill::protocol {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class generated : public testing::TestWithParam<const char*> {};

TEST_P(generated, code_equals_the_golden_copy) {
  const std::string fresh = TIDEMILL_GENERATED_DIRECTORY "/protocol/" + std::string(GetParam());
  const std::string name = std::string(GetParam()).substr(std::string(GetParam()).rfind('/') + 1);
  const std::string golden =
      TIDEMILL_SOURCE_DIRECTORY "/tests/unit/protocol/golden/" + name + ".golden";
  ASSERT_FALSE(read_file(fresh).empty());
  EXPECT_TRUE(read_file(fresh) == read_file(golden))
      << "if the change is meant: cp " << fresh << ' ' << golden;
}

INSTANTIATE_TEST_SUITE_P(messages, generated,
                         testing::Values("produce.hpp", "produce.cpp", "api_versions.hpp",
                                         "api_versions.cpp", "records/transaction_log.hpp",
                                         "records/transaction_log.cpp"));

}  // namespace
}  // namespace tidemill::protocol
