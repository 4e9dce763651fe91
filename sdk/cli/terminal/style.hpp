#pragma once

#include <string>
#include <string_view>

namespace tidemill::cli {

enum class shade { heading, bad };

/// Whether stdout shows colours: it is a terminal, and neither NO_COLOR nor TERM=dumb is set.
[[nodiscard]] bool shows_colours() noexcept;
/// Whether stdout is a terminal.
[[nodiscard]] bool is_read_by_people() noexcept;
/// Whether somebody watches stderr.
[[nodiscard]] bool is_watched() noexcept;

/// The text in that shade, where colours are shown.
[[nodiscard]] std::string shaded(std::string_view text, shade which);

}  // namespace tidemill::cli
