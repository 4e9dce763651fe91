// tests/data/rules/escapes.txt: each script must be stopped, for the reason that stands beside it,
// within its deadline and its memory.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/sdk/rules/rule_batch.hpp"
#include "tidemill/partitioner.h"
#include "tidemill/rules/rule.hpp"

namespace tidemill::rules {
namespace {

std::chrono::nanoseconds thread_time() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

struct escape_script {
  std::string name;
  std::string stage;
  std::string message;
  std::string text;
};

std::vector<escape_script> read_corpus() {
  std::ifstream file(std::string(TIDEMILL_SOURCE_DIRECTORY) + "/tests/data/rules/escapes.txt");
  std::vector<escape_script> scripts;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("== ")) {
      if (!scripts.empty()) {
        scripts.back().text += line + '\n';
      }
      continue;
    }
    const auto bar = line.find(" | ");
    const std::string rest = line.substr(bar + 3);
    const auto space = std::min(rest.find(' '), rest.size());
    scripts.push_back({line.substr(3, bar - 3), rest.substr(0, space),
                       rest.substr(std::min(space + 1, rest.size())), ""});
  }
  return scripts;
}

std::string file_of(const escape_script& script) {
  if (script.name == "bytecode_as_the_file") {
    return std::string("\x1bLua\x54\x00\x19\x93\r\n\x1a\n", 12);
  }
  if (script.text.find("return tidemill") != std::string::npos) {
    return script.text;
  }
  return "return tidemill.partitioner { partition = function(rec, topic)\n" + script.text +
         "end }\n";
}

// What the processor may take beyond the deadline: one instruction, the error, the collection.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds grace{100};
#else
constexpr std::chrono::milliseconds grace{3};
#endif

class escape_corpus : public ::testing::TestWithParam<escape_script> {};

TEST_P(escape_corpus, script_is_stopped) {
  const escape_script& script = GetParam();
  auto begun = thread_time();
  const auto [program, problem] = rule_program::compile("rule.lua", file_of(script));
  EXPECT_LT(thread_time() - begun, rule_program::load_time_max + grace);
  const bool runs = script.stage != "load" || script.message.empty();
  if (program == nullptr) {
    EXPECT_EQ(script.stage, "load") << problem;
    EXPECT_NE(problem.find(script.message), std::string::npos) << problem;
    return;
  }
  ASSERT_TRUE(runs) << "the file was taken";
  const auto [runner, trouble] = rule_runner::open(program);
  ASSERT_NE(runner, nullptr) << trouble;
  const tidemill::rules::testing::rule_batch batch(
      std::vector<tidemill::rules::testing::rule_record>{{.key = "vip-1", .value = "v"},
                                                         {.key = "b", .value = "w"}});
  std::array<std::int32_t, 2> partitions{};
  begun = thread_time();
  const auto failed = runner->choose(batch.view(), partitions.data());
  EXPECT_LT(thread_time() - begun, rule_runner::call_time_max + grace);
  EXPECT_LE(runner->memory_bytes(), rule_runner::memory_bytes_max);
  if (script.stage == "ok") {
    ASSERT_FALSE(failed) << failed->sentence;
    EXPECT_EQ(partitions[0], 0);
  } else {
    ASSERT_TRUE(failed) << "nothing stopped it";
    EXPECT_NE(failed->sentence.find(script.message), std::string::npos) << failed->sentence;
  }
  // It can be called again, and knows nothing of what has happened.
  EXPECT_EQ(runner->choose(batch.view(), partitions.data()).has_value(), failed.has_value());
}

INSTANTIATE_TEST_SUITE_P(all, escape_corpus, ::testing::ValuesIn(read_corpus()),
                         [](const auto& script) { return script.param.name; });

TEST(escape_corpus_file, has_more_than_a_hundred_scripts) {
  EXPECT_GT(read_corpus().size(), 100U);
}

}  // namespace
}  // namespace tidemill::rules
