#include "extension/plugin_call.hpp"

#include <cstring>

namespace tidemill::extension {

std::string error_slot::message(tidemill_status status) const {
  if (raw_.message_size == 0) {
    return "it answered " + status_text(status) + " and no message";
  }
  const std::size_t size = std::min<std::size_t>(raw_.message_size, sizeof raw_.message);
  return escape(std::string_view(raw_.message, size));
}

void error_slot::tell(std::string_view what) noexcept {
  clear();
  const std::size_t size = std::min(what.size(), sizeof raw_.message);
  std::memcpy(raw_.message, what.data(), size);
  raw_.message_size = static_cast<std::uint32_t>(size);
}

void error_slot::threw(const char* what) noexcept {
  tell("an exception came out of it: ");
  const std::size_t before = raw_.message_size;
  const std::size_t size = ::strnlen(what, sizeof raw_.message - before);
  std::memcpy(raw_.message + before, what, size);
  raw_.message_size = static_cast<std::uint32_t>(before + size);
}

std::string status_text(tidemill_status status) {
  switch (status) {
    case TIDEMILL_OK:
      return "TIDEMILL_OK";
    case TIDEMILL_DONE:
      return "TIDEMILL_DONE";
    case TIDEMILL_PENDING:
      return "TIDEMILL_PENDING";
    case TIDEMILL_CONFIG:
      return "TIDEMILL_CONFIG";
    case TIDEMILL_UNSUPPORTED:
      return "TIDEMILL_UNSUPPORTED";
    case TIDEMILL_UNAVAILABLE:
      return "TIDEMILL_UNAVAILABLE";
    case TIDEMILL_DENIED:
      return "TIDEMILL_DENIED";
    case TIDEMILL_CORRUPT:
      return "TIDEMILL_CORRUPT";
    case TIDEMILL_NO_SPACE:
      return "TIDEMILL_NO_SPACE";
    case TIDEMILL_TOO_LARGE:
      return "TIDEMILL_TOO_LARGE";
    case TIDEMILL_NO_MEMORY:
      return "TIDEMILL_NO_MEMORY";
    case TIDEMILL_INVALID:
      return "TIDEMILL_INVALID";
    case TIDEMILL_INTERNAL:
      return "TIDEMILL_INTERNAL";
    default:
      return "the unknown status " + std::to_string(status);
  }
}

}  // namespace tidemill::extension
