#include "extension/descriptor.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

/// A copy of the scripted plugin's tables that a test may spoil.
struct tables {
  tidemill_partitioner partitioner;
  std::vector<tidemill_kind> kinds;
  std::vector<tidemill_config_key> keys;
  tidemill_plugin plugin;

  tables() : plugin(testing::scripted_plugin()) {
    kinds.assign(plugin.kinds, plugin.kinds + plugin.kind_count);
    keys.assign(plugin.config_keys, plugin.config_keys + plugin.config_key_count);
    partitioner = *static_cast<const tidemill_partitioner*>(kinds[0].table);
    kinds[0].table = &partitioner;
    plugin.kinds = kinds.data();
    plugin.config_keys = keys.data();
  }
};

TEST(descriptor, a_good_one_is_read_whole) {
  const tables good;
  const auto read = read_descriptor(&good.plugin);
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(read->name, "scripted");
  EXPECT_EQ(read->version, "1.2.3");
  EXPECT_EQ(read->kinds.size(), 3U);
  EXPECT_TRUE(read->offers(kind::partitioner));
  EXPECT_FALSE(read->offers(kind::codec));
  ASSERT_EQ(read->keys.size(), 2U);
  EXPECT_EQ(read->keys[0].default_value, "none");
  EXPECT_TRUE(read->keys[1].is_secret);
}

struct fault {
  const char* name;
  std::function<void(tables&)> spoil;
  const char* sentence;
};

class every_fault : public ::testing::TestWithParam<fault> {};

TEST_P(every_fault, is_refused_with_what_was_found_and_expected) {
  tables spoilt;
  GetParam().spoil(spoilt);
  const auto read = read_descriptor(&spoilt.plugin);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().sentence, GetParam().sentence);
}

const std::string long_text(5000, 'x');

const fault faults[] = {
    fault{"magic", [](tables& of) { of.plugin.magic = 7; },
          "magic is 0x00000007, expected 0x31504d54"},
    fault{"major", [](tables& of) { of.plugin.abi_major = 2; }, "abi_major is 2, expected 1"},
    fault{"size", [](tables& of) { of.plugin.struct_size = 8; },
          "struct_size is 8, expected 144 to 65536"},
    fault{"minor", [](tables& of) { of.plugin.host_minor_min = 9; },
          "it needs a broker with minor 9 of the ABI, this one has 0"},
    fault{"flags", [](tables& of) { of.plugin.flags = 1U << 20; },
          "flags has the bits 0x00100000, which this broker does not know; a newer one may"},
    fault{"no_name", [](tables& of) { of.plugin.name = nullptr; }, "name is NULL, expected text"},
    fault{"bad_name", [](tables& of) { of.plugin.name = "No Name"; },
          "name is \"No Name\", expected [a-z][a-z0-9_-]*, at most 64 bytes"},
    fault{"long_version", [](tables& of) { of.plugin.version = long_text.c_str(); },
          "version is longer than 4095 bytes"},
    fault{"no_kinds", [](tables& of) { of.plugin.kind_count = 0; },
          "kind_count is 0, expected 1 to 64"},
    fault{"kind_twice", [](tables& of) { of.kinds[1].id = of.kinds[0].id; },
          "the kind \"tidemill.partitioner/1\" is offered twice"},
    fault{"no_table", [](tables& of) { of.kinds[1].table = nullptr; },
          "the table of \"tidemill.transform/1\" is NULL, but is required"},
    fault{"no_function", [](tables& of) { of.partitioner.choose = nullptr; },
          "tidemill.partitioner/1: choose is NULL, but is required"},
    fault{"unknown_column", [](tables& of) { of.partitioner.needs = 1U << 9; },
          "tidemill.partitioner/1: needs has the bits 0x00000200, which this broker does not "
          "know; a newer one may"},
    fault{"blocking_partitioner", [](tables& of) { of.partitioner.flags = TIDEMILL_MAY_BLOCK; },
          "tidemill.partitioner/1: flags has the bits 0x00010000, which this broker does not "
          "know; a newer one may"},
    fault{"key_twice", [](tables& of) { of.keys[1].name = of.keys[0].name; },
          "the configuration key \"salt\" is declared twice"},
    fault{"key_type", [](tables& of) { of.keys[0].type = 99; },
          "the configuration key \"salt\" has the type 99, which this broker does not know; a "
          "newer one may"},
    fault{"required_with_default", [](tables& of) { of.keys[0].flags = TIDEMILL_KEY_REQUIRED; },
          "the configuration key \"salt\" is required, so it can have no default"}};

INSTANTIATE_TEST_SUITE_P(descriptor, every_fault, ::testing::ValuesIn(faults),
                         [](const auto& all) { return std::string(all.param.name); });

TEST(descriptor, a_kind_that_is_not_known_is_skipped) {
  tables newer;
  newer.kinds.push_back({"tidemill.cleaner/1", &newer.partitioner});
  newer.plugin.kinds = newer.kinds.data();
  newer.plugin.kind_count = 4;
  const auto read = read_descriptor(&newer.plugin);
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(read->kinds.size(), 4U);
}

TEST(descriptor, hints_that_are_not_known_are_ignored) {
  tables newer;
  newer.partitioner.flags |= 1U << 9;
  EXPECT_TRUE(read_descriptor(&newer.plugin));
}

}  // namespace
}  // namespace tidemill::extension
