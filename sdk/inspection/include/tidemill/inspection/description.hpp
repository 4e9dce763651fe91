#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/inspection/elf_file.hpp"
#include "tidemill/values.hpp"

namespace tidemill::inspection {

/// A configuration key that a plugin declares (tidemill_config_key).
struct config_key {
  std::string name;
  /// TIDEMILL_TYPE_*, possibly one that this host does not know.
  std::uint32_t type = 0;
  /// TIDEMILL_KEY_*.
  std::uint32_t flags = 0;
  std::optional<std::string> default_value;
  std::string help;
};

/// A function that a table may have.
struct table_function {
  std::string name;
  bool is_optional = false;
  /// It is there, and points into code of the file.
  bool is_present = false;
};

/// What a codec's table says about itself.
struct codec_facts {
  std::uint32_t wire_id = 0;
  std::string name;
  std::int32_t level_min = 0;
  std::int32_t level_max = 0;
  std::int32_t level_default = 0;
};

/// A kind that a plugin implements, with the facts of its table. Of a kind that this host does not
/// know, only id and table_size are filled in.
struct kind {
  std::string id;
  bool is_known = false;
  /// struct_size of its table.
  std::uint32_t table_size = 0;
  std::uint32_t flags = 0;
  /// Columns or facts that calls need; 0 for kinds without such a mask.
  std::uint32_t needs = 0;
  std::vector<table_function> functions;
  std::optional<codec_facts> codec;
  /// Of an authenticator.
  std::optional<std::string> mechanism;
};

/// All that a plugin says about itself, as copies. `faults_of` says whether it keeps the rules.
struct description {
  std::uint32_t struct_size = 0;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  /// The lowest minor of a host that it can live with.
  std::uint32_t host_minor_min = 0;
  std::uint32_t flags = 0;
  /// Of the file: elf_file::needs_executable_stack().
  bool needs_executable_stack = false;
  std::string name;
  std::string version;
  std::string licence;
  std::string summary;
  std::vector<kind> kinds;
  std::vector<config_key> config_keys;
  /// load, unload, create and so on.
  std::vector<table_function> functions;
};

/// More kinds or keys than these are refused.
constexpr std::uint32_t kind_count_max = 64;
constexpr std::uint32_t config_key_count_max = 1024;

/// Reads the descriptor TIDEMILL_PLUGIN_SYMBOL of a file. UNSUPPORTED: there is none, or one of
/// another major. CORRUPT: it cannot be read, as when a text or table lies outside of the file.
/// Any thread; the answer owns all that it shows.
[[nodiscard]] sdk::result<description> describe(const elf_file& file);

/// elf_file::read() and describe(), with the path at the front of each message.
[[nodiscard]] sdk::result<description> describe_file(const std::string& path);

/// The rules of plugin.h and abi.h that a description breaks, each in one sentence: bad or double
/// names, unknown flags that may not be ignored, missing functions, defaults that do not fit their
/// type, a younger host asked for. A host refuses a plugin with any of them.
[[nodiscard]] std::vector<std::string> faults_of(const description& plugin);

/// "text", "size in bytes": a type of configuration values, for people; "type 99" for unknown ones.
[[nodiscard]] std::string type_name(std::uint32_t type);
/// Whether a default, or a value in the same notation, fits a type of configuration values.
[[nodiscard]] bool fits_type(const std::string& value, std::uint32_t type);

}  // namespace tidemill::inspection
