// Runs compare_definitions.py where Kafka's own message definitions are at hand.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace tidemill::protocol {
namespace {

std::string definitions_directory() {
  if (const char* const named = std::getenv("KAFKA_MESSAGE_DEFINITIONS"); named != nullptr) {
    return named;
  }
  return TIDEMILL_SOURCE_DIRECTORY "/../shared/kafka-messages/definitions";
}

TEST(schema, equals_the_definitions_field_by_field) {
  const std::string definitions = definitions_directory();
  if (!std::filesystem::is_directory(definitions)) {
    GTEST_SKIP() << "no message definitions here; KAFKA_MESSAGE_DEFINITIONS can name their folder";
  }
  const std::string command = "'" TIDEMILL_PYTHON "' -B '" TIDEMILL_SOURCE_DIRECTORY
                              "/tests/unit/protocol/compare_definitions.py' "
                              "'" TIDEMILL_SOURCE_DIRECTORY "/kernel/protocol/schema' '" +
                              definitions + "' 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> chunk;
  while (std::fgets(chunk.data(), static_cast<int>(chunk.size()), pipe) != nullptr) {
    output += chunk.data();
  }
  EXPECT_EQ(pclose(pipe), 0) << output;
  std::cout << output;
}

}  // namespace
}  // namespace tidemill::protocol
