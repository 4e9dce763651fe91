#pragma once

#include <string>

#include "base/bytes.hpp"

namespace tidemill {

/// SHA-256 in hexadecimal, as sha256sum prints it.
[[nodiscard]] std::string sha256_text(bytes_view bytes);

}  // namespace tidemill
