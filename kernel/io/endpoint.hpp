#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemill::io {

/// Where to listen or to connect: a name or an address, and a port.
struct endpoint {
  std::string host;  ///< without brackets; empty: every address of the machine, IPv4 and IPv6
  std::uint16_t port = 0;

  bool operator==(const endpoint&) const = default;
};

/// Takes "127.0.0.1:9092", "localhost:9092", "[::1]:9092" and, for every address of the machine,
/// ":9092" or "*:9092". An IPv6 address needs its brackets. std::errc::invalid_argument (generic
/// category) otherwise. Pure.
[[nodiscard]] result<endpoint> parse_endpoint(std::string_view text);

/// The inverse of parse_endpoint.
[[nodiscard]] std::string to_string(const endpoint& where);

}  // namespace tidemill::io
