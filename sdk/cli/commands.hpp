#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <string>
#include <vector>

/// Each command of tidectl registers itself with its options and an example, and is run by the
/// callback of its subcommand. What it has to say goes through `output`, as JSON or as text.
namespace tidemill::cli {

/// What all commands share.
class output {
 public:
  bool as_json = false;
  /// 0: well. 1: it did not work, or something was found wrong. 2: asked the wrong way.
  int exit_code = 0;

  /// Prints `value` where JSON is wanted, else `text`.
  void answer(const boost::json::value& value, const std::string& text) const;
  /// One sentence on what went wrong, one on what to do next.
  void fail(const std::string& what, const std::string& next, int code = 1);
};

void add_new(CLI::App& plugin, output& out);
void add_inspect(CLI::App& plugin, output& out);
void add_validate(CLI::App& plugin, output& out);
void add_bench(CLI::App& plugin, output& out);
/// list, reload and disable, which ask the broker.
void add_broker_commands(CLI::App& plugin, output& out);

/// check, test and bench, which need no broker.
void add_rule_checks(CLI::App& rule, output& out);
/// apply, list, show, history, rollback, remove and disable, which ask the broker.
void add_rule_broker_commands(CLI::App& rule, output& out);

/// What asks the broker at --admin, and shows what it answers.
struct broker_request {
  std::string admin = "127.0.0.1:9644";
  std::string method = "GET";
  std::string path;
  std::string body;
  /// What to do next when the broker refuses.
  std::string next;
};
/// nullopt when it failed and that has been told; a text that is no JSON comes as a string.
[[nodiscard]] std::optional<boost::json::value> ask_broker(const broker_request& wanted,
                                                           output& out);
/// The broker's answer for people: one fact a line.
[[nodiscard]] std::string facts_of(const boost::json::value& value);
/// A field of an object as text, "-" where it is missing.
[[nodiscard]] std::string field_of(const boost::json::value& of, const char* name);
[[nodiscard]] const boost::json::array& array_of(const boost::json::value& of, const char* name);

/// "key=value" texts as a map; nullopt, with an error, for one without '='.
[[nodiscard]] std::optional<std::map<std::string, std::string>> settings_of(
    const std::vector<std::string>& texts, output& out);

}  // namespace tidemill::cli
