// What can be said of the file before any of its code runs.
#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "test.hpp"
#include "tidemill/plugin.h"

namespace tidemill::conformance {
namespace {

inspection::elf_file read(const context& given) {
  auto file = inspection::elf_file::read(given.options.path);
  expect(static_cast<bool>(file), file ? "" : file.error().message);
  return std::move(*file);
}

std::string describes_itself(const context& given) {
  const auto described = inspection::describe(read(given));
  expect(static_cast<bool>(described), described ? "" : described.error().message);
  return described->name + " " + described->version;
}

std::string keeps_the_rules(const context& given) {
  const auto described = inspection::describe(read(given));
  expect(static_cast<bool>(described), described ? "" : described.error().message);
  std::string all;
  for (const std::string& fault : inspection::faults_of(*described)) {
    all += (all.empty() ? "" : "; ") + fault;
  }
  expect(all.empty(), all);
  return {};
}

std::string exports_one_symbol(const context& given) {
  const auto file = read(given);
  std::string others;
  std::size_t count = 0;
  for (const auto& symbol : file.exports()) {
    if (symbol.name != TIDEMILL_PLUGIN_SYMBOL && ++count <= 5) {
      others += (others.empty() ? "" : ", ") + std::string(symbol.name);
    }
  }
  expect(count == 0, "exports " + std::to_string(count) + " more symbols (" + others +
                         (count > 5 ? ", ..." : "") +
                         "), expected " TIDEMILL_PLUGIN_SYMBOL
                         " alone: build it with tidemill_add_plugin() or -fvisibility=hidden and "
                         "a version script");
  return {};
}

std::string has_no_unique_symbols(const context& given) {
  const auto file = read(given);
  const auto unique = std::ranges::find_if(file.exports(), &inspection::exported_symbol::is_unique);
  expect(unique == file.exports().end(),
         unique == file.exports().end()
             ? ""
             : "the symbol " + std::string(unique->name) +
                   " is STB_GNU_UNIQUE, so two versions of the file would share it: compile with "
                   "-fno-gnu-unique");
  return {};
}

std::string loads(const context& given) {
  void* handle = dlopen(given.options.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const char* why = handle == nullptr ? dlerror() : "";
  expect(handle != nullptr, std::string("cannot be loaded: ") + why);
  const auto* entry = static_cast<const tidemill_plugin*>(dlsym(handle, TIDEMILL_PLUGIN_SYMBOL));
  expect(entry != nullptr, "dlsym does not find " TIDEMILL_PLUGIN_SYMBOL);
  const auto described = inspection::describe(read(given));
  expect(static_cast<bool>(described), described ? "" : described.error().message);
  expect(described->name == entry->name && described->version == entry->version &&
             described->kinds.size() == entry->kind_count,
         "once loaded it is " + std::string(entry->name) + " " + entry->version + " with " +
             std::to_string(entry->kind_count) + " kinds, but the file says " + described->name +
             " " + described->version +
             ": what " TIDEMILL_PLUGIN_SYMBOL " holds must be constant data");
  return {};
}

}  // namespace

std::span<const test> file_tests() {
  static const test tests[] = {
      {"file.describes_itself", "the file is a plugin of this ABI and can be read as data",
       describes_itself},
      {"file.keeps_the_rules", "names, versions, flags, keys and tables are as the headers say",
       keeps_the_rules},
      {"file.exports_one_symbol", "nothing but " TIDEMILL_PLUGIN_SYMBOL " is visible",
       exports_one_symbol},
      {"file.has_no_unique_symbols", "two versions of the file share nothing",
       has_no_unique_symbols},
      {"file.loads", "it loads, and is then what the file says", loads},
  };
  return tests;
}

}  // namespace tidemill::conformance
