#include "extension/config_values.hpp"

#include <gtest/gtest.h>

#include "tidemill/host.h"

namespace tidemill::extension {
namespace {

config_key key(std::string name, std::uint32_t type,
               std::optional<std::string> default_value = std::nullopt) {
  return {std::move(name), type, false, false, std::move(default_value), "Help."};
}

std::string sentence(const std::vector<config_key>& declared, const written_config& written) {
  const auto checked = check_config(declared, written);
  return checked ? "" : checked.error().sentence;
}

const std::vector<config_key> all_types{
    key("text", TIDEMILL_TYPE_TEXT),        key("integer", TIDEMILL_TYPE_INTEGER),
    key("number", TIDEMILL_TYPE_NUMBER),    key("boolean", TIDEMILL_TYPE_BOOLEAN),
    key("span", TIDEMILL_TYPE_DURATION_MS), key("size", TIDEMILL_TYPE_SIZE_BYTES),
    key("texts", TIDEMILL_TYPE_TEXT_LIST),  key("integers", TIDEMILL_TYPE_INTEGER_LIST)};

TEST(config_values, typed_and_untyped_values_come_out_alike) {
  const written_config typed{{"text", std::string("a")},
                             {"integer", std::int64_t{-7}},
                             {"number", 0.5},
                             {"boolean", true},
                             {"span", std::string("90s")},
                             {"size", std::string("10MiB")},
                             {"texts", std::vector<std::string>{"a", "b c"}},
                             {"integers", std::vector<std::int64_t>{1, -2}}};
  const written_config plain{{"text", untyped{"a"}},
                             {"integer", untyped{"-7"}},
                             {"number", untyped{"0.5"}},
                             {"boolean", untyped{"true"}},
                             {"span", untyped{"90s"}},
                             {"size", untyped{"10MiB"}},
                             {"texts", untyped{"[a, \"b c\"]"}},
                             {"integers", untyped{"1,-2"}}};
  for (const written_config& written : {typed, plain}) {
    const auto values = check_config(all_types, written);
    ASSERT_TRUE(values) << values.error().sentence;
    EXPECT_EQ(values->at("text").shown, "\"a\"");
    EXPECT_EQ(values->at("integer").elements.front().integer, -7);
    EXPECT_EQ(values->at("number").elements.front().number, 0.5);
    EXPECT_EQ(values->at("boolean").shown, "true");
    EXPECT_EQ(values->at("span").elements.front().integer, 90'000);
    EXPECT_EQ(values->at("size").elements.front().integer, 10 << 20);
    EXPECT_EQ(values->at("texts").shown, "[\"a\", \"b c\"]");
    EXPECT_EQ(values->at("integers").shown, "[1, -2]");
  }
}

TEST(config_values, a_value_of_another_type_is_refused_with_what_was_found_and_expected) {
  EXPECT_EQ(sentence(all_types, {{"integer", std::string("7")}}),
            "config.integer: found \"7\" (text), expected a whole number");
  EXPECT_EQ(
      sentence(all_types, {{"span", std::int64_t{90}}}),
      "config.span: found 90 (a whole number), expected a duration such as \"90s\" or \"7d\"");
  EXPECT_EQ(sentence(all_types, {{"boolean", untyped{"yes"}}}),
            "config.boolean: found \"yes\", expected true or false");
  EXPECT_EQ(sentence(all_types, {{"texts", std::vector<std::int64_t>{1}}}),
            "config.texts: found a list of whole numbers, expected a list of texts");
  EXPECT_EQ(sentence(all_types, {{"size", std::int64_t{-1}}}),
            "config.size: found -1 (a whole number), expected a size such as \"10MiB\"");
  EXPECT_EQ(sentence(all_types, {{"text", untyped{"\xff"}}}),
            "config.text: found \"\\xff\", expected text (UTF-8)");
}

TEST(config_values, an_unknown_key_is_refused_with_the_one_that_was_meant) {
  EXPECT_EQ(sentence(all_types, {{"intger", std::int64_t{1}}}),
            "config.intger: unknown key; did you mean config.integer?");
  EXPECT_EQ(sentence({key("salt", TIDEMILL_TYPE_TEXT)}, {{"something", true}}),
            "config.something: unknown key; the plugin takes salt");
  EXPECT_EQ(sentence({}, {{"a\nb", true}}),
            "config.a\\nb: unknown key; the plugin takes no configuration");
}

TEST(config_values, defaults_fill_in_and_required_keys_must_be_there) {
  config_key needed = key("needed", TIDEMILL_TYPE_INTEGER);
  needed.is_required = true;
  EXPECT_EQ(sentence({needed}, {}), "config.needed is required: Help.");
  const auto values = check_config(std::vector{key("with", TIDEMILL_TYPE_INTEGER_LIST, "[1, 2]"),
                                               key("without", TIDEMILL_TYPE_INTEGER)},
                                   {});
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("with").elements.size(), 2U);
  EXPECT_FALSE(values->at("without").is_set);
  EXPECT_EQ(values->at("without").shown, "");
  EXPECT_NE(sentence({key("wrong", TIDEMILL_TYPE_INTEGER, "one")}, {}), "");
}

TEST(config_values, secrets_are_shown_to_nobody) {
  config_key secret = key("password", TIDEMILL_TYPE_TEXT);
  secret.is_secret = true;
  const auto values = check_config(std::vector{secret}, {{"password", std::string("hush")}});
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("password").shown, "***");
  EXPECT_EQ(values->at("password").elements.front().text, "hush");
  secret.type = TIDEMILL_TYPE_INTEGER;
  EXPECT_EQ(sentence({secret}, {{"password", std::string("hush")}}),
            "config.password: found a value of another type, expected a whole number");
}

TEST(config_values, an_empty_list_is_one_of_either_type) {
  const auto values = check_config(
      all_types, {{"texts", std::vector<std::string>{}}, {"integers", std::vector<std::string>{}}});
  ASSERT_TRUE(values) << values.error().sentence;
  EXPECT_TRUE(values->at("integers").elements.empty());
  EXPECT_TRUE(values->at("integers").is_set);
  EXPECT_EQ(values->at("texts").shown, "[]");
}

}  // namespace
}  // namespace tidemill::extension
