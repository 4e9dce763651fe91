#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemill::server::config {

/// Where a value came from, least important first.
enum class source { built_in, file, environment, command_line };

struct origin {
  source from = source::built_in;
  /// The file's name, the variable's name or the text after --set; empty for built-in values.
  std::string name;
  /// Line in the file, counted from 1; 0 where there are no lines.
  std::size_t line = 0;

  friend bool operator==(const origin&, const origin&) = default;
};

/// "tidemill.toml:4", "TIDEMILL_BROKER__RACK", "--set broker.rack=a", or "default".
[[nodiscard]] std::string to_string(const origin& from);

/// A value as it was written. The environment and --set have only text and say so with `untyped`;
/// TOML has types, and `other` names those that no setting takes ("a date").
struct untyped {
  std::string text;
  friend bool operator==(const untyped&, const untyped&) = default;
};
struct other {
  std::string description;
  friend bool operator==(const other&, const other&) = default;
};
using text_list = std::vector<std::string>;
using number_list = std::vector<std::int64_t>;
using written_value =
    std::variant<untyped, std::string, std::int64_t, double, bool, text_list, number_list, other>;

/// The value as a message shows it: `"many" (text)`, `5 (a whole number)`.
[[nodiscard]] std::string describe(const written_value& value);

/// The shortest decimal that reads back as the same number, as Kafka's settings take it: "0.5",
/// "1.0", "1e-10", "NaN", "Infinity".
[[nodiscard]] std::string fraction_text(double value);

/// A key: section, position in a list section, name. "broker.rack", "listener.0.address",
/// "topic_defaults.segment.bytes".
struct key_path {
  std::string section;
  std::optional<std::size_t> index;
  std::string key;

  friend auto operator<=>(const key_path&, const key_path&) = default;
};

[[nodiscard]] std::string to_string(const key_path& path);

/// One thing that is wrong with the configuration, ready to show: who wrote it, about which key
/// (empty when about none), and a sentence that says what was found and what was expected.
struct problem {
  origin where;
  std::string key;
  std::string sentence;
};

/// `tidemill.toml:4: broker.shards: found "many" (text), expected a whole number from 0 to 256`.
[[nodiscard]] std::string to_string(const problem& wrong);

}  // namespace tidemill::server::config
