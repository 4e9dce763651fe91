#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.hpp"
#include "server/broker.hpp"
#include "server/command_line.hpp"
#include "server/config/load.hpp"
#include "server/process_memory.hpp"
#include "server/topic_default_rules.hpp"

namespace tidemill::server {
namespace {

constexpr int exit_stopped = 0;
constexpr int exit_failed = 1;
constexpr int exit_wrong_configuration = 2;
constexpr std::size_t configuration_size_bytes_max = 1 << 20;

void print_line(std::FILE* to, const std::string& text) {
  std::fputs((text + "\n").c_str(), to);
}

std::vector<std::pair<std::string, std::string>> environment_variables() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) {
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

/// Reads the sources that the command line names, as often as it is asked to.
class process_sources final : public configuration_source {
 public:
  explicit process_sources(command given) : given_(std::move(given)) {}

  [[nodiscard]] config::loaded reload() override {
    config::sources from;
    from.environment = environment_variables();
    from.overrides = given_.overrides;
    if (given_.configuration_file) {
      std::string text;
      if (const auto problem = read_file(*given_.configuration_file, text)) {
        config::loaded failed;
        failed.problems.push_back(*problem);
        return failed;
      }
      from.from_file = config::sources::file{*given_.configuration_file, std::move(text)};
    }
    return load(from, rules_);
  }

 private:
  std::optional<config::problem> read_file(const std::string& name, std::string& into) {
    const auto wrong = [&](const std::string& why) {
      return config::problem{
          {config::source::file, name, 0}, "", "the configuration file cannot be read: " + why};
    };
    // A pipe can be read once, at the start; later, opening it would wait for a writer.
    std::error_code unknown;
    if (std::exchange(has_read_, true) && std::filesystem::is_fifo(name, unknown)) {
      return wrong("it is a pipe, expected a file");
    }
    errno = 0;
    std::ifstream file(name, std::ios::binary);
    std::string text(configuration_size_bytes_max + 1, '\0');
    if (!file.is_open()) {
      return wrong(std::strerror(errno));
    }
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.gcount() == 0 && errno == EISDIR)) {
      return wrong(std::strerror(errno));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > configuration_size_bytes_max) {
      return wrong("it is larger than 1 MiB");
    }
    into = std::move(text);
    return std::nullopt;
  }

  command given_;
  bool has_read_ = false;
  topic_default_rules rules_;
};

int run(process_sources& sources, action what) {
  config::loaded loaded = sources.reload();
  if (!loaded.problems.empty()) {
    for (const config::problem& wrong : loaded.problems) {
      print_line(stderr, to_string(wrong));
    }
    return exit_wrong_configuration;
  }
  if (what == action::check_configuration) {
    return exit_stopped;
  }
  if (what == action::print_configuration) {
    std::fputs(print(loaded).c_str(), stdout);
    return exit_stopped;
  }
  return run_broker(std::move(loaded.values), sources) ? exit_stopped : exit_failed;
}

int main_with(const std::vector<std::string>& words) {
  command given;
  if (const auto wrong = parse_command_line(words, given)) {
    print_line(stderr, "tidemill: " + wrong->sentence);
    return exit_wrong_configuration;
  }
  if (given.what == action::show_help) {
    print_line(stdout, help_text(topic_default_rules{}));
    return exit_stopped;
  }
  if (given.what == action::show_version) {
    print_line(stdout, "tidemill " + version_text());
    return exit_stopped;
  }
  process_sources sources(given);
  return run(sources, given.what);
}

}  // namespace
}  // namespace tidemill::server

int main(int argument_count, char** arguments) {
  tidemill::server::bound_process_memory();
  return tidemill::server::main_with({arguments + 1, arguments + argument_count});
}
