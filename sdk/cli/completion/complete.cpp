#include <algorithm>

#include "completion/commands.hpp"

namespace tidemill::cli {
namespace {

/// The option of the command, or of one above it, that goes by this word.
const CLI::Option* option_named(const CLI::App* command, const std::string& word) {
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      if (option->check_name(word)) {
        return option;
      }
    }
  }
  return nullptr;
}

bool takes_value(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_max() > 0;
}

/// The command that the words lead to, and how many positional words it has been given.
struct place {
  const CLI::App* command = nullptr;
  std::size_t positionals = 0;
};
place follow(const CLI::App& app, std::span<const std::string> words) {
  place now{&app, 0};
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at].starts_with('-')) {
      at += takes_value(option_named(now.command, words[at])) ? 1 : 0;
      continue;
    }
    const auto subcommands = now.command->get_subcommands([](const CLI::App*) { return true; });
    const auto found = std::ranges::find(subcommands, words[at],
                                         [](const CLI::App* one) { return one->get_name(); });
    if (found != subcommands.end()) {
      now = {*found, 0};
    } else {
      ++now.positionals;
    }
  }
  return now;
}

void add_options(const CLI::App* command, std::vector<std::string>& words) {
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        words.push_back("--" + name);
      }
    }
  }
}

/// What an option or a positional wants, by its name.
void add_values(const std::string& name, candidates& found) {
  found.wants_topics = found.wants_topics || name == "topic";
  found.wants_groups = found.wants_groups || name == "group";
  if (name == "compression") {
    found.words = {"none", "gzip", "snappy", "lz4", "zstd"};
  } else if (name == "acks") {
    found.words = {"0", "1", "all"};
  } else if (name == "shell") {
    found.words = {"bash", "zsh", "fish"};
  } else if (name == "from" || name == "until" || name == "to" || name == "before") {
    found.words = {"start", "end"};
  }
}

/// The positional that comes after so many; the last one takes all that follow.
const CLI::Option* positional_at(const CLI::App& command, std::size_t index) {
  const CLI::Option* last = nullptr;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      last = option;
      if (index-- == 0) {
        return option;
      }
    }
  }
  return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
}

}  // namespace

candidates complete(const CLI::App& app, std::span<const std::string> words) {
  candidates found;
  const std::string typed = words.empty() ? "" : words.back();
  const auto before = words.empty() ? words : words.first(words.size() - 1);
  const place now = follow(app, before);
  const CLI::Option* const pending =
      before.empty() ? nullptr : option_named(now.command, before.back());
  if (!before.empty() && before.back().starts_with('-') && takes_value(pending)) {
    add_values(pending->get_lnames().empty() ? "" : pending->get_lnames().front(), found);
  } else if (typed.starts_with('-')) {
    add_options(now.command, found.words);
  } else {
    for (const CLI::App* one : now.command->get_subcommands([](const CLI::App*) { return true; })) {
      found.words.push_back(one->get_name());
    }
    if (const auto* next = positional_at(*now.command, now.positionals); next != nullptr) {
      add_values(next->get_name(true), found);
    }
  }
  std::erase_if(found.words, [&](const std::string& one) { return !one.starts_with(typed); });
  std::ranges::sort(found.words);
  const auto repeated = std::ranges::unique(found.words);
  found.words.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace tidemill::cli
