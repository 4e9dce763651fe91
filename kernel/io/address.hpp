#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemill::io {

/// An IPv4 or IPv6 address as connections show that of their peer, whatever way it is written;
/// nullopt: it is none. Pure.
[[nodiscard]] std::optional<std::string> canonical_address(std::string_view text);

}  // namespace tidemill::io
