#include "tidemill/inspection/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/sdk/inspection/fixtures.hpp"
#include "tidemill/abi.h"
#include "tidemill/authenticator.h"
#include "tidemill/batch.h"
#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"

namespace tidemill::inspection {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// The fixture with a number of its descriptor changed.
sdk::result<description> with_number(std::size_t offset, std::uint32_t value) {
  std::string bytes = fixture_bytes();
  const auto file = elf_file::parse(bytes);
  const auto place = file->bytes_at(file->find_export(TIDEMILL_PLUGIN_SYMBOL)->address, 4);
  std::memcpy(bytes.data() + (place->data() - file->bytes().data()) + offset, &value, sizeof value);
  return describe(*elf_file::parse(bytes));
}

std::string error_with(std::size_t offset, std::uint32_t value) {
  const auto described = with_number(offset, value);
  return described ? "" : described.error().message;
}

TEST(description, a_plugin_is_read_without_running_its_code) {
  for (const std::string form : {"rows", "packed"}) {
    const auto plugin = describe_file(fixture_path(form));
    ASSERT_TRUE(plugin) << plugin.error().message;
    EXPECT_EQ(plugin->name, "sample");
    EXPECT_EQ(plugin->version, "1.2.3-rc.1");
    EXPECT_EQ(plugin->licence, "Apache-2.0 OR MIT");
    EXPECT_EQ(plugin->summary, "Uses everything.");
    EXPECT_EQ(plugin->abi_major, TIDEMILL_ABI_MAJOR);
    EXPECT_EQ(plugin->struct_size, sizeof(tidemill_plugin));
    EXPECT_THAT(faults_of(*plugin), IsEmpty());
  }
}

TEST(description, kinds_show_their_tables) {
  const auto plugin = describe_file(fixture_path("rows"));
  ASSERT_TRUE(plugin) << plugin.error().message;
  ASSERT_EQ(plugin->kinds.size(), 3U);
  const kind& partitioner = plugin->kinds[0];
  EXPECT_EQ(partitioner.id, TIDEMILL_PARTITIONER);
  EXPECT_TRUE(partitioner.is_known);
  EXPECT_EQ(partitioner.table_size, sizeof(tidemill_partitioner));
  EXPECT_EQ(partitioner.flags, std::uint32_t{TIDEMILL_DETERMINISTIC});
  EXPECT_EQ(partitioner.needs, TIDEMILL_KEYS | TIDEMILL_HEADERS);
  ASSERT_EQ(partitioner.functions.size(), 2U);
  EXPECT_TRUE(partitioner.functions[0].is_present);
  EXPECT_FALSE(partitioner.functions[1].is_present);
  EXPECT_EQ(plugin->kinds[1].mechanism, "X-SAMPLE");
  EXPECT_EQ(plugin->kinds[1].flags, std::uint32_t{TIDEMILL_NEEDS_ENCRYPTION});
  EXPECT_EQ(plugin->kinds[2].id, "tidemill.juggler/9");
  EXPECT_FALSE(plugin->kinds[2].is_known);
  EXPECT_EQ(plugin->kinds[2].table_size, 8U);
}

TEST(description, configuration_keys_show_type_default_and_help) {
  const auto plugin = describe_file(fixture_path("packed"));
  ASSERT_TRUE(plugin) << plugin.error().message;
  ASSERT_EQ(plugin->config_keys.size(), 2U);
  EXPECT_EQ(plugin->config_keys[0].name, "servers");
  EXPECT_EQ(plugin->config_keys[0].type, std::uint32_t{TIDEMILL_TYPE_TEXT_LIST});
  EXPECT_EQ(plugin->config_keys[0].default_value, "[\"a\", \"b\"]");
  EXPECT_EQ(plugin->config_keys[0].help, "Whom to ask.");
  EXPECT_EQ(plugin->config_keys[1].default_value, std::nullopt);
  EXPECT_EQ(plugin->config_keys[1].flags, TIDEMILL_KEY_SECRET | TIDEMILL_KEY_REQUIRED);
}

TEST(description, what_cannot_be_read_is_refused_by_found_and_expected) {
  EXPECT_EQ(error_with(0, 7),
            "tidemill_plugin_v1 begins with 0x00000007, expected the magic 0x31504d54");
  EXPECT_EQ(error_with(offsetof(tidemill_plugin, abi_major), 2),
            "built for ABI major 2, expected 1");
  EXPECT_THAT(error_with(offsetof(tidemill_plugin, struct_size), 64),
              HasSubstr("struct_size of tidemill_plugin_v1 is 64, expected at least 144"));
  EXPECT_THAT(error_with(offsetof(tidemill_plugin, struct_size), 1U << 30U),
              HasSubstr("and to lie in the file"));
  EXPECT_EQ(error_with(offsetof(tidemill_plugin, kind_count), 65),
            "kind_count is 65, expected at most 64");
  EXPECT_NE(error_with(offsetof(tidemill_plugin, kind_count), 64), "");
  EXPECT_THAT(error_with(offsetof(tidemill_plugin, config_key_size), 8),
              HasSubstr("2 configuration keys of 8 bytes each"));
}

TEST(description, a_library_that_is_no_plugin_is_told_so) {
  // Something that every process has.
  const auto described = describe_file("/proc/self/exe");
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().status, TIDEMILL_UNSUPPORTED);
  EXPECT_THAT(described.error().message,
              HasSubstr("/proc/self/exe: does not export tidemill_plugin_v1, expected a plugin"));
}

TEST(description, younger_tables_are_read_as_far_as_they_are_known) {
  // Behind the descriptor there is more constant data, which stands for fields of a later minor.
  const auto younger = with_number(offsetof(tidemill_plugin, abi_minor), 9);
  ASSERT_TRUE(younger) << younger.error().message;
  EXPECT_EQ(younger->abi_minor, 9U);
  EXPECT_THAT(faults_of(*younger), IsEmpty());
}

}  // namespace
}  // namespace tidemill::inspection
