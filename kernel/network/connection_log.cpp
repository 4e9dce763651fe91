#include "network/connection_log.hpp"

namespace tidemill::network {

std::string_view name(close_reason reason) noexcept {
  switch (reason) {
    case close_reason::peer_closed:
      return "peer_closed";
    case close_reason::peer_failed:
      return "peer_failed";
    case close_reason::idle:
      return "idle";
    case close_reason::frame_invalid:
      return "frame_invalid";
    case close_reason::read_too_slow:
      return "read_too_slow";
    case close_reason::write_too_slow:
      return "write_too_slow";
    case close_reason::memory_spent:
      return "memory_spent";
    case close_reason::request_refused:
      return "request_refused";
    case close_reason::file_failed:
      return "file_failed";
    case close_reason::over_limit:
      return "over_limit";
    case close_reason::stopping:
      return "stopping";
  }
  return "unknown";
}

std::string escaped(std::string_view text, std::size_t size_max) {
  constexpr char digits[] = "0123456789abcdef";
  std::string safe;
  for (const char c : text) {
    if (safe.size() >= size_max) {
      safe += "...";
      break;
    }
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code > 0x7e || c == '"' || c == '\\') {
      safe += "\\x";
      safe += digits[code >> 4U];
      safe += digits[code & 15U];
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace tidemill::network
