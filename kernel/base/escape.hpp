#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemill {

/// Makes text of unknown origin fit for one line on a terminal, in a log or in a message: control
/// characters, quotes, backslashes and bytes that are no UTF-8 become \n, \", \x1b and the like;
/// what is longer than `length_max` bytes is cut and the number of bytes left out is said (S16).
/// The outcome is valid UTF-8 without control characters.
[[nodiscard]] std::string escape(std::string_view text, std::size_t length_max = 256);

/// The same in the notation of a JSON string, without the quotes around it. The outcome is valid
/// JSON for any input.
[[nodiscard]] std::string escape_json(std::string_view text, std::size_t length_max = 256);

/// True when all of it is UTF-8 that escape() shows as it stands, control characters and quotes
/// aside.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace tidemill
