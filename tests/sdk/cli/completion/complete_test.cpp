#include <gtest/gtest.h>

#include "completion/commands.hpp"

namespace tidemill::cli {
namespace {

class completion : public testing::Test {
 protected:
  completion() {
    app_.add_flag("--json", json_);
    auto* topic = app_.add_subcommand("topic");
    auto* describe = topic->add_subcommand("describe");
    describe->add_option("topic", name_);
    describe->add_option("-b,--brokers", brokers_);
    topic->add_subcommand("delete");
    auto* produce = app_.add_subcommand("produce");
    produce->add_option("-z,--compression", compression_);
  }
  candidates complete_words(std::vector<std::string> typed) { return complete(app_, typed); }
  using words = std::vector<std::string>;

  CLI::App app_{"", "tidectl"};
  bool json_ = false;
  std::string name_;
  std::string brokers_;
  std::string compression_;
};

TEST_F(completion, commands_are_found_by_their_beginnings) {
  EXPECT_EQ(complete_words({""}).words, (words{"produce", "topic"}));
  EXPECT_EQ(complete_words({"topic", "de"}).words, (words{"delete", "describe"}));
  EXPECT_EQ(complete_words({"topic", "x"}).words, words{});
}

TEST_F(completion, options_are_those_of_the_command_and_above) {
  EXPECT_EQ(complete_words({"topic", "describe", "--b"}).words, (words{"--brokers"}));
  EXPECT_EQ(complete_words({"topic", "describe", "--j"}).words, (words{"--json"}));
}

TEST_F(completion, values_are_those_that_the_option_takes) {
  EXPECT_EQ(complete_words({"produce", "-z", "l"}).words, (words{"lz4"}));
  EXPECT_EQ(complete_words({"topic", "describe", "-b", ""}).words, words{});
}

TEST_F(completion, name_of_a_topic_is_asked_for_where_one_stands) {
  EXPECT_TRUE(complete_words({"topic", "describe", "o"}).wants_topics);
  EXPECT_TRUE(complete_words({"topic", "describe", "-b", "h:1", "o"}).wants_topics);
  EXPECT_FALSE(complete_words({"topic", "describe", "orders", ""}).wants_topics);
  EXPECT_FALSE(complete_words({"topic", ""}).wants_topics);
}

}  // namespace
}  // namespace tidemill::cli
