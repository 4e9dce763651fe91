#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/abi.h"
#include "tidemill/codec.h"
#include "tidemill/inspection/description.hpp"
#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"

namespace tidemill::inspection {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

description good() {
  description plugin;
  plugin.name = "vip";
  plugin.version = "1.0.0";
  plugin.licence = "Apache-2.0";
  plugin.summary = "One sentence.";
  kind partitioner;
  partitioner.id = TIDEMILL_PARTITIONER;
  partitioner.is_known = true;
  partitioner.functions = {{"choose", false, true}, {"instance_needs", true, false}};
  plugin.kinds.push_back(partitioner);
  plugin.config_keys.push_back({"after", TIDEMILL_TYPE_DURATION_MS, 0, "90s", "Help."});
  return plugin;
}

template <class Change>
std::vector<std::string> faults_after(Change change) {
  description plugin = good();
  change(plugin);
  return faults_of(plugin);
}

TEST(faults, a_plugin_that_keeps_the_rules_has_none) {
  EXPECT_THAT(faults_of(good()), IsEmpty());
  EXPECT_THAT(faults_after([](description& plugin) {
                plugin.flags = TIDEMILL_DETERMINISTIC << 3U;
                plugin.kinds[0].flags = 0x80U;
                plugin.version = "1.0.0-rc.1+linux";
              }),
              IsEmpty());
}

TEST(faults, an_executable_stack_is_one) {
  EXPECT_THAT(faults_after([](description& plugin) { plugin.needs_executable_stack = true; }),
              ElementsAre(HasSubstr("PT_GNU_STACK")));
}

TEST(faults, names_versions_and_texts_are_checked) {
  for (const char* name : {"", "Vip", "1vip", "vip!", "v/p"}) {
    EXPECT_THAT(faults_after([&](description& plugin) { plugin.name = name; }),
                ElementsAre(HasSubstr("the name is '" + std::string(name) + "', expected [a-z]")));
  }
  for (const char* version : {"", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1..0"}) {
    EXPECT_THAT(faults_after([&](description& plugin) { plugin.version = version; }),
                ElementsAre(HasSubstr("the version is")));
  }
  EXPECT_THAT(faults_after([](description& plugin) { plugin.licence = ""; }),
              ElementsAre(HasSubstr("the licence is ''")));
  EXPECT_THAT(faults_after([](description& plugin) { plugin.summary = "a\nb"; }),
              ElementsAre(HasSubstr("the summary")));
}

TEST(faults, unknown_bits_that_may_not_be_ignored_are_refused) {
  EXPECT_THAT(faults_after([](description& plugin) { plugin.flags = 1U << 16U; }),
              ElementsAre(HasSubstr("flags of the plugin")));
  // Known elsewhere, but not for partitioners.
  EXPECT_THAT(faults_after([](description& plugin) { plugin.kinds[0].flags = TIDEMILL_MAY_BLOCK; }),
              ElementsAre(HasSubstr("flags of tidemill.partitioner/1")));
  EXPECT_THAT(faults_after([](description& plugin) { plugin.kinds[0].needs = 1U << 4U; }),
              ElementsAre(HasSubstr("needs of tidemill.partitioner/1")));
  EXPECT_THAT(faults_after([](description& plugin) { plugin.host_minor_min = 1; }),
              ElementsAre("asks for a host of ABI minor 1 at least, this one has 0"));
}

TEST(faults, kinds_must_be_there_once_and_whole) {
  EXPECT_THAT(faults_after([](description& plugin) { plugin.kinds.clear(); }),
              ElementsAre(HasSubstr("implements no kind that this host knows")));
  EXPECT_THAT(
      faults_after([](description& plugin) { plugin.kinds.push_back(plugin.kinds.front()); }),
      ElementsAre("implements tidemill.partitioner/1 twice"));
  EXPECT_THAT(
      faults_after([](description& plugin) { plugin.kinds[0].functions[0].is_present = false; }),
      ElementsAre("choose() of tidemill.partitioner/1 is NULL, expected a function"));
}

TEST(faults, codecs_and_mechanisms_are_checked) {
  EXPECT_THAT(faults_after([](description& plugin) {
                plugin.kinds[0].id = TIDEMILL_CODEC;
                plugin.kinds[0].codec = codec_facts{7, "gzip", 3, 1, 2};
              }),
              ElementsAre(HasSubstr("wire_id of the codec is 7"), HasSubstr("3 to 1")));
  EXPECT_THAT(faults_after([](description& plugin) {
                plugin.kinds[0].id = "tidemill.authenticator/1";
                plugin.kinds[0].mechanism = "plain";
              }),
              ElementsAre(HasSubstr("the mechanism is 'plain'")));
}

TEST(faults, configuration_keys_are_checked) {
  EXPECT_THAT(faults_after([](description& plugin) { plugin.config_keys[0].name = "After"; }),
              ElementsAre(HasSubstr("'After' is named badly")));
  EXPECT_THAT(faults_after(
                  [](description& plugin) { plugin.config_keys.push_back(plugin.config_keys[0]); }),
              ElementsAre(HasSubstr("'after' is declared twice")));
  EXPECT_THAT(faults_after([](description& plugin) {
                plugin.config_keys[0].type = 9;
                plugin.config_keys[0].default_value.reset();
              }),
              ElementsAre(HasSubstr("has type 9")));
  EXPECT_THAT(
      faults_after([](description& plugin) { plugin.config_keys[0].default_value = "soon"; }),
      ElementsAre(
          "the configuration key 'after' has the default 'soon', expected duration (90s, 7d)"));
  EXPECT_THAT(faults_after(
                  [](description& plugin) { plugin.config_keys[0].flags = TIDEMILL_KEY_REQUIRED; }),
              ElementsAre(HasSubstr("is required and has a default")));
}

TEST(faults, values_fit_their_types) {
  const auto fits = [](const char* value, std::uint32_t type) { return fits_type(value, type); };
  EXPECT_TRUE(fits("", TIDEMILL_TYPE_TEXT));
  EXPECT_TRUE(fits("-3", TIDEMILL_TYPE_INTEGER));
  EXPECT_FALSE(fits("3x", TIDEMILL_TYPE_INTEGER));
  EXPECT_FALSE(fits("99999999999999999999", TIDEMILL_TYPE_INTEGER));
  EXPECT_TRUE(fits("0.5", TIDEMILL_TYPE_NUMBER));
  EXPECT_FALSE(fits("", TIDEMILL_TYPE_NUMBER));
  EXPECT_TRUE(fits("true", TIDEMILL_TYPE_BOOLEAN));
  EXPECT_FALSE(fits("yes", TIDEMILL_TYPE_BOOLEAN));
  EXPECT_TRUE(fits("7d", TIDEMILL_TYPE_DURATION_MS));
  EXPECT_FALSE(fits("7MiB", TIDEMILL_TYPE_DURATION_MS));
  EXPECT_TRUE(fits("10MiB", TIDEMILL_TYPE_SIZE_BYTES));
  EXPECT_FALSE(fits("MiB", TIDEMILL_TYPE_SIZE_BYTES));
  EXPECT_TRUE(fits("[]", TIDEMILL_TYPE_INTEGER_LIST));
  EXPECT_TRUE(fits("[1, -2]", TIDEMILL_TYPE_INTEGER_LIST));
  EXPECT_FALSE(fits("[1, x]", TIDEMILL_TYPE_INTEGER_LIST));
  EXPECT_FALSE(fits("1, 2", TIDEMILL_TYPE_INTEGER_LIST));
  EXPECT_FALSE(fits("[", TIDEMILL_TYPE_TEXT_LIST));
  EXPECT_FALSE(fits("1", 99));
}

}  // namespace
}  // namespace tidemill::inspection
