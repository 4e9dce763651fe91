#include "io/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstddef>

namespace tidemill::io {

std::optional<std::string> canonical_address(std::string_view text) {
  const std::string terminated(text);
  std::array<std::byte, sizeof(in6_addr)> address{};
  std::array<char, INET6_ADDRSTRLEN> shown{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (text.find(char{}) == std::string_view::npos &&
        inet_pton(family, terminated.c_str(), address.data()) == 1 &&
        inet_ntop(family, address.data(), shown.data(), shown.size()) != nullptr) {
      return std::string(shown.data());
    }
  }
  return std::nullopt;
}

}  // namespace tidemill::io
