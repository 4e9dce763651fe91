#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/config/configuration.hpp"
#include "server/config/value.hpp"

namespace tidemill::server::config {

/// What a setting takes.
enum class kind {
  text,
  path,
  name,           // letters, digits, '-' and '_', at least one
  optional_name,  // the same, or empty
  integer,        // least..most
  size_bytes,     // least..most; a number of bytes, or text such as "64MiB"
  duration,       // least..most milliseconds; text such as "10m"
  boolean,
  choice,
  address,           // "host:port"
  optional_address,  // the same, or empty
  path_list          // a list of texts; where there is only text: separated by ':'
};

/// The member of a configuration that a setting fills.
using slot = std::variant<std::string*, std::int64_t*, bool*, std::chrono::milliseconds*, endpoint*,
                          text_list*>;

/// One key: the single place where its name, type, default, range and description stand.
struct setting {
  std::string_view section;
  std::string_view key;
  kind type = kind::text;
  /// Written as it would be with --set, and read by the same code.
  std::string_view built_in{};
  std::string_view doc{};
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::span<const std::string_view> choices{};
  /// True when SIGHUP applies a changed value to the running broker.
  bool reloadable = false;
  /// `index` is the position in a list section.
  slot (*at)(configuration& all, std::size_t index) = nullptr;
};

enum class section_shape {
  table,          // [broker]
  list,           // [[listener]]
  topic_settings  // [topic_defaults]: Kafka's topic settings, checked elsewhere
};

struct section {
  std::string_view name;
  section_shape shape = section_shape::table;
  std::string_view doc{};
  /// False for the sections that a later version fills: known, but every key in it is refused.
  bool available = true;
};

/// The entries that a list section has; 1 for any other.
[[nodiscard]] std::size_t entry_count(const configuration& all, std::string_view section) noexcept;

/// Keys of [[extension]] that start with this are the plugin's.
inline constexpr std::string_view plugin_config_prefix = "config.";

/// Most entries that a list section may have.
inline constexpr std::size_t list_entries_max = 64;

[[nodiscard]] std::span<const section> sections() noexcept;
[[nodiscard]] std::span<const setting> settings() noexcept;
/// nullptr when there is none of that name.
[[nodiscard]] const section* find_section(std::string_view name) noexcept;
[[nodiscard]] const setting* find_setting(std::string_view section, std::string_view key) noexcept;

/// Reads `value` as the setting wants it and stores it; or leaves the slot as it is and returns a
/// sentence that says what was found and what was expected.
[[nodiscard]] std::optional<std::string> store(const setting& which, const written_value& value,
                                               slot where);

/// "a whole number from 0 to 256", `"replicated" or "fsync"`, ...
[[nodiscard]] std::string expectation(const setting& which);

/// The stored value as TOML: quoted where text.
[[nodiscard]] std::string to_toml(const setting& which, slot where);

/// Reads "host:port", "[ipv6]:port"; nullopt when malformed. Names are not resolved here.
[[nodiscard]] std::optional<endpoint> parse_endpoint(std::string_view text);

/// The topic setting's value in Kafka's text form; nullopt for a type that none takes.
[[nodiscard]] std::optional<std::string> topic_setting_text(const written_value& value);

}  // namespace tidemill::server::config
