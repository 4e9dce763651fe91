#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidemill::extension {

/// "lua:": what the names of rules begin with, where topics name extensions.
inline constexpr std::string_view rule_prefix = "lua:";
/// What topics call the rule in a file: "lua:orders.lua".
[[nodiscard]] inline std::string rule_name(std::string_view file) {
  return std::string(rule_prefix).append(file);
}

/// A rule that has passed its checks, as it is kept with the metadata: whoever has it needs the
/// file no more.
struct accepted_rule {
  /// The name of its file: "orders.lua". Topics name it "lua:orders.lua".
  std::string file;
  /// Of the source, in hexadecimal.
  std::string sha256;
  std::string source;

  friend bool operator==(const accepted_rule&, const accepted_rule&) = default;
};

/// What a look at the rules goes by.
struct wanted_rules {
  /// Where files are found; empty: nowhere.
  std::string directory;
  /// Those that were accepted before; one per file.
  std::vector<accepted_rule> accepted;
  /// Whether a file that differs from what was accepted takes its place. Not at a start: what ran
  /// before the restart runs after it.
  bool takes_changes = true;
};

}  // namespace tidemill::extension
