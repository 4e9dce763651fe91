#include "terminal/wrong_words.hpp"

#include <algorithm>
#include <optional>

namespace tidemill::cli {
namespace {

/// Letters that are to be changed, left out or added to make one word of the other.
std::size_t edits_between(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t i = 0; i <= right.size(); ++i) {
    row[i] = i;
  }
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

std::string suggestion(const std::string& word, const std::vector<const CLI::App*>& commands) {
  constexpr std::size_t compared_length_max = 64;
  const CLI::App* best = nullptr;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string all;
  for (const CLI::App* one : commands) {
    const std::size_t edits = word.size() > compared_length_max
                                  ? compared_length_max
                                  : edits_between(word, one->get_name());
    if (edits < least) {
      least = edits;
      best = one;
    }
    all += (all.empty() ? "" : ", ") + one->get_name();
  }
  return best != nullptr ? "did you mean '" + best->get_name() + "'?" : "there are: " + all;
}

std::string path_of(const CLI::App& command) {
  return command.get_parent() == nullptr
             ? std::string("tidectl")
             : path_of(*command.get_parent()) + " " + command.get_name();
}

}  // namespace

void tell_wrong_words(const CLI::App& app, const std::vector<std::string>& words,
                      const std::string& why, output& out) {
  const CLI::App* at = &app;
  for (const std::string& word : words) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) {
      break;
    }
    if (word.starts_with("-")) {
      continue;
    }
    const auto found = std::ranges::find(commands, word, &CLI::App::get_name);
    if (found == commands.end()) {
      return out.fail("there is no command '" + word + "' in '" + path_of(*at) + "'",
                      suggestion(word, commands), 2);
    }
    at = *found;
  }
  out.fail(why, "run '" + path_of(*at) + " --help' for what it takes", 2);
}

}  // namespace tidemill::cli
