#include "terminal/style.hpp"

#include <unistd.h>

#include <cstdlib>

namespace tidemill::cli {
namespace {

const char* code_of(shade which) noexcept {
  switch (which) {
    case shade::heading:
      return "\033[1m";
    case shade::bad:
      return "\033[31m";
  }
  return "";
}

bool is_dumb() noexcept {
  const char* const terminal = std::getenv("TERM");
  return terminal == nullptr || std::string_view(terminal) == "dumb";
}

}  // namespace

bool shows_colours() noexcept {
  // https://no-color.org: set and not empty, whatever it says.
  const char* const refused = std::getenv("NO_COLOR");
  return (refused == nullptr || *refused == '\0') && !is_dumb() && is_read_by_people();
}

bool is_read_by_people() noexcept {
  return ::isatty(STDOUT_FILENO) != 0;
}

bool is_watched() noexcept {
  return ::isatty(STDERR_FILENO) != 0;
}

std::string shaded(std::string_view text, shade which) {
  static const bool coloured = shows_colours();
  return coloured ? code_of(which) + std::string(text) + "\033[0m" : std::string(text);
}

}  // namespace tidemill::cli
