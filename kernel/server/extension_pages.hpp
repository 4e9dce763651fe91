#pragma once

#include <string>
#include <vector>

#include "extension/report.hpp"

namespace tidemill::server {

// What the admin server shows of extensions, as pure functions.

/// GET /v1/extensions
[[nodiscard]] std::string extensions_page(const extension::extension_report& now);

/// What POST /v1/extensions/reload answers.
[[nodiscard]] std::string reload_page(const std::vector<std::string>& problems,
                                      std::size_t changed_keys, std::size_t keys_for_restart);

/// What POST /v1/extensions/NAME/disable answers.
[[nodiscard]] std::string disable_page(const std::string& name, bool is_known);

}  // namespace tidemill::server
