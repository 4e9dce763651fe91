#include <algorithm>

#include "base/quantity.hpp"
#include "server/config/setting.hpp"

namespace tidemill::server::config {
namespace {

constexpr std::size_t host_length_max = 255;

bool is_host(std::string_view host, std::string_view punctuation) noexcept {
  return !host.empty() && host.size() <= host_length_max && std::ranges::all_of(host, [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || punctuation.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view digits = text.substr(colon + 1);
  const auto port = parse_integer(digits);
  if (!port || *port < 0 || *port > 65535 || digits.starts_with('-')) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_host(host, ":.%") || host.find(':') == std::string_view::npos) {
      return std::nullopt;
    }
  } else if (!is_host(host, ".-_")) {
    return std::nullopt;
  }
  return endpoint{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string to_string(const endpoint& address) {
  if (!address.is_given()) {
    return "";
  }
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + address.host + "]" : address.host;
  return host + ":" + std::to_string(address.port);
}

}  // namespace tidemill::server::config
