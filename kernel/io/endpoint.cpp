#include "io/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace tidemill::io {
namespace {

constexpr std::size_t host_size_max = 253;  // RFC 1035

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}
bool is_address_character(char c) noexcept {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == '.' ||
         c == ':' || c == '%';
}

}  // namespace

result<endpoint> parse_endpoint(std::string_view text) {
  const error_code invalid = make_error_code(boost::system::errc::invalid_argument);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) {
    return invalid;
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
    return invalid;
  }
  if (host == "*") {
    host = {};
  }
  if (host.size() > host_size_max) {
    return invalid;
  }
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) {
      return invalid;
    }
    host = host.substr(1, host.size() - 2);
    if (!std::ranges::all_of(host, is_address_character) ||
        host.find(':') == std::string_view::npos) {
      return invalid;
    }
  } else if (!std::ranges::all_of(host, is_host_character)) {
    return invalid;
  }
  return endpoint{.host = std::string(host), .port = port};
}

std::string to_string(const endpoint& where) {
  const bool is_ipv6 = where.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

}  // namespace tidemill::io
