#include "tidemill/inspection/elf_file.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/sdk/inspection/fixtures.hpp"
#include "tidemill/inspection/description.hpp"
#include "tidemill/plugin.h"

namespace tidemill::inspection {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(std::string bytes) {
  const auto file = elf_file::parse(std::move(bytes));
  return file ? "" : file.error().message;
}

/// The fixture with one field of its ELF header changed.
template <class T>
std::string with_header(std::size_t offset, T value) {
  std::string bytes = fixture_bytes();
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

TEST(elf_file, a_library_shows_what_it_exports_imports_and_runs) {
  const auto file = elf_file::read(fixture_path("rows"));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->exports().size(), 1U);
  EXPECT_EQ(file->exports()[0].name, TIDEMILL_PLUGIN_SYMBOL);
  EXPECT_FALSE(file->exports()[0].is_unique);
  EXPECT_FALSE(file->exports()[0].is_function);
  EXPECT_EQ(file->exports()[0].size_bytes, sizeof(tidemill_plugin));
  EXPECT_THAT(file->imports(), Contains("free"));
  EXPECT_THAT(file->imports(), Contains("abort"));
  EXPECT_THAT(file->libraries(), Contains("libc.so.6"));
  EXPECT_GE(file->initializer_count(), 1U);
}

TEST(elf_file, pointers_are_resolved_in_both_forms) {
  for (const std::string form : {"rows", "packed"}) {
    const auto file = elf_file::read(fixture_path(form));
    ASSERT_TRUE(file) << file.error().message;
    const std::uint64_t plugin = file->find_export(TIDEMILL_PLUGIN_SYMBOL)->address;
    const auto name = file->pointer_at(plugin + offsetof(tidemill_plugin, name));
    ASSERT_TRUE(name);
    EXPECT_EQ(file->text_at(*name, 64), "sample");
    EXPECT_EQ(file->text_at(*name, 6), "sample");
    EXPECT_EQ(file->text_at(*name, 5), std::nullopt);
    EXPECT_EQ(file->pointer_at(plugin + offsetof(tidemill_plugin, load)), 0U);
    EXPECT_TRUE(file->is_import_at(plugin + offsetof(tidemill_plugin, destroy)));
    EXPECT_EQ(file->pointer_at(plugin + offsetof(tidemill_plugin, destroy)), std::nullopt);
    // A number that no relocation makes a pointer.
    EXPECT_EQ(file->pointer_at(plugin), std::nullopt);
  }
}

#ifdef TIDEMILL_LINKER_PACKS
TEST(elf_file, the_packed_fixture_is_packed) {
  const std::string rows = fixture_bytes("rows");
  const auto relr_rows = [](const std::string& bytes) {
    std::size_t count = 0;
    for (std::size_t at = 0; at + sizeof(Elf64_Dyn) <= bytes.size(); at += 8) {
      Elf64_Dyn row;
      std::memcpy(&row, bytes.data() + at, sizeof row);
      count += row.d_tag == DT_RELRENT && row.d_un.d_val == 8 ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(relr_rows(fixture_bytes("rows")), 0U);
  EXPECT_EQ(relr_rows(fixture_bytes("packed")), 1U);
}
#endif

TEST(elf_file, addresses_outside_of_the_file_hold_nothing) {
  const auto file = elf_file::parse(fixture_bytes());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes_at(0, 4), std::string_view("\x7f"
                                                   "ELF"));
  EXPECT_EQ(file->bytes_at(0, UINT64_MAX), std::nullopt);
  EXPECT_EQ(file->bytes_at(UINT64_MAX, 1), std::nullopt);
  EXPECT_EQ(file->bytes_at(UINT64_MAX - 3, 8), std::nullopt);
  EXPECT_EQ(file->text_at(std::uint64_t{1} << 40U, 8), std::nullopt);
  EXPECT_EQ(file->pointer_at(std::uint64_t{1} << 40U), std::nullopt);
  EXPECT_FALSE(file->is_code(0));
}

TEST(elf_file, what_is_no_library_is_refused_by_what_was_found) {
  EXPECT_THAT(error_of(""), HasSubstr("not an ELF file: it is empty"));
  EXPECT_THAT(error_of("PK\x03\x04zip"), HasSubstr("it begins with 50 4b 03 04"));
  EXPECT_THAT(error_of(fixture_bytes().substr(0, 40)),
              HasSubstr("the ELF header is cut: 40 bytes, expected at least 64"));
  EXPECT_THAT(error_of(with_header(EI_CLASS, char{ELFCLASS32})), HasSubstr("not a 64-bit"));
  EXPECT_THAT(error_of(with_header(offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_RISCV})),
              HasSubstr("built for RISC-V, expected "));
  EXPECT_THAT(error_of(with_header(offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_REL})),
              HasSubstr("link it with -shared"));
  EXPECT_THAT(error_of(with_header(offsetof(Elf64_Ehdr, e_phnum), std::uint16_t{0})),
              HasSubstr("no dynamic section"));
  EXPECT_THAT(error_of(with_header(offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 7)),
              HasSubstr("program headers end behind the file"));
  EXPECT_THAT(error_of(with_header(offsetof(Elf64_Ehdr, e_phentsize), std::uint16_t{1})),
              HasSubstr("program headers of 1 bytes"));
}

TEST(elf_file, a_file_that_cannot_be_read_is_named) {
  const auto missing = elf_file::read("/nowhere/vip.so");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().status, TIDEMILL_UNAVAILABLE);
  EXPECT_EQ(missing.error().message,
            "/nowhere/vip.so: cannot be opened: No such file or directory");
  const auto folder = elf_file::read("/");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("/: cannot be read: Is a directory"));
}

TEST(elf_file, cut_anywhere_it_is_refused_or_says_the_same) {
  for (const std::string form : {"rows", "packed"}) {
    const std::string whole = fixture_bytes(form);
    ASSERT_GT(whole.size(), 4096U);
    std::size_t refused = 0;
    for (std::size_t size = 0; size < whole.size(); size += 64) {
      const auto file = elf_file::parse(whole.substr(0, size));
      if (!file) {
        ++refused;
        EXPECT_FALSE(file.error().message.empty());
        continue;
      }
      const auto described = describe(*file);
      ASSERT_TRUE(described) << size << described.error().message;
      EXPECT_EQ(described->name, "sample");
      EXPECT_EQ(described->kinds.size(), 3U);
    }
    EXPECT_GT(refused, 50U);
  }
}

TEST(elf_file, damaged_bytes_never_do_harm) {
  for (const std::string form : {"rows", "packed"}) {
    const std::string whole = fixture_bytes(form);
    std::mt19937 generator(5);
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
      std::string damaged = whole;
      // Half of the hits go to the headers and tables at the front.
      for (unsigned hits = generator() % 8 + 1; hits > 0; --hits) {
        const std::size_t reach = hits % 2 == 0 ? damaged.size() : std::size_t{2048};
        damaged[generator() % reach] = static_cast<char>(generator());
      }
      const auto file = elf_file::parse(std::move(damaged));
      if (!file) {
        ++refused;
      } else if (const auto described = describe(*file); !described) {
        ++refused;
      } else {
        (void)faults_of(*described);
      }
    }
    EXPECT_GT(refused, 1000U);
  }
}

}  // namespace
}  // namespace tidemill::inspection
