#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// tidectl completion bash | zsh | fish: a script for the shell, which asks complete() in turn.
void add_completion(CLI::App& app, output& out);

/// The word that a shell's script calls tidectl with, as the first; the words of the command line
/// follow, up to the one that is being typed.
inline constexpr const char* completion_word = "__complete";

struct candidates {
  std::vector<std::string> words;
  /// The word is the name of a topic, or of a group: who is asked may know them.
  bool wants_topics = false;
  bool wants_groups = false;
};
/// What may stand where the last of the words is being typed: commands, options, values of options
/// that take one of a few. Pure.
[[nodiscard]] candidates complete(const CLI::App& app, std::span<const std::string> words);

}  // namespace tidemill::cli
