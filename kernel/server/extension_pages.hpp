#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extension/report.hpp"
#include "metadata/image.hpp"

namespace tidemill::server {

// What the admin server shows of extensions, as pure functions.

/// How fingerprints are shown: 16 digits.
[[nodiscard]] std::string hexadecimal(std::uint64_t value);

/// GET /v1/extensions
[[nodiscard]] std::string extensions_page(const extension::extension_report& now);

/// A sentence for each extension that topics name and nobody has: what it was to check or decide is
/// not, or not as the topics want it.
[[nodiscard]] std::vector<std::string> missing_extensions(const extension::extension_report& now,
                                                          const metadata::image& image);

/// What POST /v1/extensions/reload answers.
[[nodiscard]] std::string reload_page(const std::vector<std::string>& problems,
                                      std::size_t changed_keys, std::size_t keys_for_restart);

/// What POST /v1/extensions/NAME/disable answers.
[[nodiscard]] std::string disable_page(const std::string& name, bool is_known);

/// GET /v1/rules: what is in force, since when, which topics name it, and how it does.
[[nodiscard]] std::string rules_page(const metadata::image& from,
                                     const extension::extension_report& now);
/// GET /v1/rules/FILE: its text and its history; empty when there is none.
[[nodiscard]] std::string rule_page(const metadata::image& from, std::string_view file);
/// What POST /v1/rules/FILE and its rollback answer.
[[nodiscard]] std::string rule_accepted_page(std::string_view file, std::string_view sha256);
/// {"error": sentence}
[[nodiscard]] std::string error_page(std::string_view sentence);

}  // namespace tidemill::server
