#include "io/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstddef>

namespace tidemill::io {
namespace {

constexpr std::string_view mapped = "::ffff:";

}  // namespace

std::optional<std::string> canonical_address(std::string_view text) {
  const std::string terminated(text);
  std::array<std::byte, sizeof(in6_addr)> address{};
  std::array<char, INET6_ADDRSTRLEN> shown{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (text.find(char{}) == std::string_view::npos &&
        inet_pton(family, terminated.c_str(), address.data()) == 1 &&
        inet_ntop(family, address.data(), shown.data(), shown.size()) != nullptr) {
      const std::string_view written = shown.data();
      // An IPv4 address within IPv6: what connects from there shows it as it is.
      const bool is_mapped = written.starts_with(mapped) && written.find('.') != written.npos;
      return std::string(is_mapped ? written.substr(mapped.size()) : written);
    }
  }
  return std::nullopt;
}

}  // namespace tidemill::io
