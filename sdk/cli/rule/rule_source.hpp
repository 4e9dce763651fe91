#pragma once

#include <memory>
#include <optional>
#include <string>

#include "terminal/output.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::cli {

/// A file's text; nullopt when it cannot be read and that has been told.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path, output& out);
/// "scripts/orders.lua" -> "orders.lua"
[[nodiscard]] std::string file_name(const std::string& path);
/// The rule in that file; nullptr when it is refused and that has been told.
[[nodiscard]] std::shared_ptr<const rules::rule_program> compile_rule(const std::string& path,
                                                                      output& out);

}  // namespace tidemill::cli
