#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemill::cli {

/// Why no class of C++ may be called `name`, to be read after "the name is 'NAME', but ": a word of
/// the language, or what the C library or the compiler has taken. nullopt: one may.
[[nodiscard]] std::optional<std::string> why_no_class_name(const std::string& name);

/// Whether code in C++ or C uses `word` as an identifier, comments and texts left out.
[[nodiscard]] bool uses_word(std::string_view code, std::string_view word);

}  // namespace tidemill::cli
