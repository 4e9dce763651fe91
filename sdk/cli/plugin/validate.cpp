#include <filesystem>

#include "plugin/commands.hpp"
#include "tidemill/conformance/bench.hpp"
#include "tidemill/conformance/suite.hpp"
#include "tidemill/inspection/description.hpp"
#include "tidemill/plugin.h"

namespace tidemill::cli {
namespace {

/// "key=value" texts as a map; nullopt, with an error, for one without '='.
std::optional<std::map<std::string, std::string>> settings_of(const std::vector<std::string>& texts,
                                                              output& out) {
  std::map<std::string, std::string> settings;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      out.fail("--set " + text + ": expected key=value",
               "for example --set weights='[3, 1]', as the value would stand in the TOML file", 2);
      return std::nullopt;
    }
    settings[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return settings;
}

using conformance::test_result;
using conformance::verdict;

struct request {
  conformance::run_options options;
  std::vector<std::string> settings;
  bool is_list = false;
  std::uint64_t deadline_seconds = 120;
  std::size_t codec_bytes = 65'536;
};

const char* word_of(verdict went) {
  switch (went) {
    case verdict::passed:
      return "ok";
    case verdict::failed:
      return "FAILED";
    case verdict::skipped:
      return "skipped";
  }
  return "";
}

void list_tests(output& out) {
  boost::json::array all;
  std::string text;
  for (const auto& one : conformance::all_tests()) {
    all.push_back(boost::json::object{{"name", one.name}, {"rule", one.rule}});
    text += one.name + std::string(32 - std::min<std::size_t>(one.name.size(), 31), ' ') +
            one.rule + "\n";
  }
  out.answer(all, text);
}

/// Takes over --set, and makes the path one that dlopen() does not look up elsewhere. False, with
/// an error, where a required key has no value.
bool prepare(request& wanted, output& out) {
  const auto settings = settings_of(wanted.settings, out);
  if (!settings) {
    return false;
  }
  wanted.options.config = *settings;
  wanted.options.deadline =
      std::chrono::seconds(static_cast<std::int64_t>(wanted.deadline_seconds));
  std::error_code why;
  if (const auto path = std::filesystem::canonical(wanted.options.path, why); !why) {
    wanted.options.path = path.string();
  } else {
    out.fail(wanted.options.path + ": cannot be opened: " + why.message(),
             "build the plugin first, or correct the path");
    return false;
  }
  if (const auto plugin = inspection::describe_file(wanted.options.path)) {
    for (const auto& key : plugin->config_keys) {
      if ((key.flags & TIDEMILL_KEY_REQUIRED) != 0 && !settings->contains(key.name)) {
        out.fail(plugin->name + " requires the key '" + key.name + "' (" +
                     inspection::type_name(key.type) + "): " + key.help,
                 "give it a value: --set " + key.name + "=...", 2);
        return false;
      }
    }
  }
  return true;
}

void validate(request& wanted, output& out) {
  if (wanted.is_list) {
    list_tests(out);
    return;
  }
  if (wanted.options.path.empty()) {
    out.fail("which file?", "for example: tidectl plugin validate build/vip.so", 2);
    return;
  }
  if (!prepare(wanted, out)) {
    return;
  }
  std::size_t failed = 0;
  const auto results = conformance::run(wanted.options, [&](const test_result& result) {
    failed += result.went == verdict::failed ? 1 : 0;
    std::string word = word_of(result.went);
    word.resize(8, ' ');
    out.answer(boost::json::object{{"test", result.name},
                                   {"result", word_of(result.went)},
                                   {"message", result.message},
                                   {"milliseconds", result.took.count()}},
               word + result.name + (result.message.empty() ? "" : ": " + result.message) + "\n");
  });
  if (results.empty()) {
    out.fail("no test has '" + wanted.options.filter + "' in its name",
             "see them all: tidectl plugin validate --list", 2);
    return;
  }
  out.exit_code = failed > 0 ? 1 : 0;
  out.answer(boost::json::object{{"tests", results.size()}, {"failed", failed}},
             std::to_string(results.size()) + " tests, " + std::to_string(failed) + " failed\n");
}

void bench(request& wanted, output& out) {
  if (!prepare(wanted, out)) {
    return;
  }
  const auto measured = conformance::bench(wanted.options, wanted.codec_bytes);
  if (!measured) {
    out.fail(measured.error().message,
             "see what is wrong: tidectl plugin validate " + wanted.options.path);
    return;
  }
  boost::json::array all;
  std::string text;
  for (const auto& one : *measured) {
    all.push_back(
        boost::json::object{{"what", one.what}, {"value", one.value}, {"unit", one.unit}});
    char line[256];
    std::snprintf(line, sizeof line, "%10.2f %s  %s\n", one.value, one.unit.c_str(),
                  one.what.c_str());
    text += line;
  }
  out.answer(all, text);
}

}  // namespace

void add_validate(CLI::App& plugin, output& out) {
  auto* command = plugin.add_subcommand(
      "validate",
      "Run the conformance kit: does a plugin keep the rules, whatever is asked of it?");
  auto wanted = std::make_shared<request>();
  command->add_option("file", wanted->options.path, "The plugin, a .so");
  command->add_option("--set", wanted->settings, "A configuration value, key=value, as in TOML");
  command->add_option("--filter", wanted->options.filter, "Only tests with this in their names");
  command->add_option("--deadline-seconds", wanted->deadline_seconds, "How long one test may take")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  command
      ->add_option("--repetitions", wanted->options.repetitions,
                   "How often life.growth creates and destroys an instance, within half of the "
                   "deadline")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000'000));
  command->add_flag("--in-process", wanted->options.in_process,
                    "No process for each test: for debuggers");
  command->add_flag("--list", wanted->is_list, "Show the tests and the rules they are about");
  command->footer(
      "Example:\n  tidectl plugin validate build/vip.so --filter partitioner\n"
      "Exit codes: 0 it keeps the rules, 1 it does not, 2 asked the wrong way.");
  command->callback([wanted, &out] { validate(*wanted, out); });
}

void add_bench(CLI::App& plugin, output& out) {
  auto* command = plugin.add_subcommand("bench", "Measure what the calls of a plugin cost");
  auto wanted = std::make_shared<request>();
  command->add_option("file", wanted->options.path, "The plugin, a .so")->required();
  command->add_option("--set", wanted->settings, "A configuration value, key=value, as in TOML");
  command->add_option("--codec-bytes", wanted->codec_bytes, "Size of a batch for codecs")
      ->capture_default_str()
      ->check(CLI::Range(1, 64 << 20));
  command->footer("Example:\n  tidectl plugin bench build/vip.so");
  command->callback([wanted, &out] { bench(*wanted, out); });
}

}  // namespace tidemill::cli
