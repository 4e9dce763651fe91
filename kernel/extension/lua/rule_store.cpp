#include "extension/lua/rule_store.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/content_hash.hpp"
#include "base/escape.hpp"
#include "extension/lua/rule_plugin.hpp"
#include "extension/plugin_file.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::extension::lua {
namespace {

constexpr std::string_view suffix = ".lua";
constexpr std::size_t name_length_max = 100;

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// A name that is not mistaken for something else in the value of a topic's setting.
bool is_good_name(std::string_view name) noexcept {
  return name.ends_with(suffix) && name.size() > suffix.size() && name.size() <= name_length_max &&
         std::ranges::all_of(name, [](char one) {
           return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
                  (one >= '0' && one <= '9') || one == '.' || one == '_' || one == '-';
         });
}

std::string bad_name(std::string_view name) {
  return escape(name) +
         ": the name of a rule ends in .lua and has letters, digits, '.', '_' and '-', at most " +
         std::to_string(name_length_max);
}

const accepted_rule* find(const std::vector<accepted_rule>& among, std::string_view file) noexcept {
  const auto found = std::ranges::find(among, file, &accepted_rule::file);
  return found == among.end() ? nullptr : &*found;
}

std::shared_ptr<const loaded_plugin> make_plugin(rules::rule_kind which,
                                                 const host_environment& environment) {
  auto made = std::make_shared<loaded_plugin>();
  auto about = read_descriptor(&rule_plugin(which));
  if (about) {
    made->about = std::move(*about);
  }
  made->host = std::make_unique<host_handle>(environment, host_identity{"lua", "", 64U << 20},
                                             config_values());
  return made;
}

}  // namespace

outcome<accepted_rule> check_rule(std::string file, std::string source) {
  if (!is_good_name(file)) {
    return problem{bad_name(file)};
  }
  const auto compiled = rules::rule_program::compile(file, source);
  if (compiled.program == nullptr) {
    return problem{compiled.problem};
  }
  std::string sha256 = sha256_text(as_bytes(source));
  return accepted_rule{std::move(file), std::move(sha256), std::move(source)};
}

rule_store::rule_store(io::disk& disk, const host_environment& environment)
    : disk_(disk),
      plugins_{make_plugin(rules::rule_kind::partitioner, environment),
               make_plugin(rules::rule_kind::retention, environment),
               make_plugin(rules::rule_kind::validate, environment)} {}

rule_look rule_store::look(const wanted_rules& wanted) const {
  rule_look made;
  if (!wanted.directory.empty()) {
    const auto paths = list_trusted(disk_, wanted.directory, suffix);
    if (!paths) {
      made.problems.push_back(paths.error().sentence);
    } else {
      for (const std::string& path : *paths) {
        // Cases that stand beside their rule, for `tidectl rule test`.
        if (!path.ends_with(".test.lua")) {
          take_file(path, wanted, made);
        }
      }
    }
  }
  for (const accepted_rule& rule : wanted.accepted) {
    const bool is_there = std::ranges::any_of(
        made.rules, [&](const rule_look::found& one) { return one.rule.file == rule.file; });
    if (!is_there) {
      static_cast<void>(add_accepted(rule, made));
    }
  }
  return made;
}

void rule_store::take_file(const std::string& path, const wanted_rules& wanted,
                           rule_look& into) const {
  const std::string name = file_name(path);
  if (!is_good_name(name)) {
    into.problems.push_back(bad_name(path));
    return;
  }
  const accepted_rule* const before = find(wanted.accepted, name);
  const std::string goes_on = before == nullptr ? "" : "; the rule that was accepted goes on";
  const auto file = read_trusted(disk_, path, rules::rule_program::source_bytes_max);
  if (!file) {
    into.problems.push_back(file.error().sentence + goes_on);
    return;
  }
  if (before != nullptr && before->sha256 != file->sha256 && !wanted.takes_changes) {
    into.problems.push_back(path + " has changed since it was accepted" + goes_on +
                            "; a reload takes the new one");
    return;
  }
  accepted_rule rule{name, file->sha256, std::string(as_text(file->bytes))};
  const auto compiled = rules::rule_program::compile(name, rule.source);
  if (compiled.program == nullptr) {
    into.problems.push_back("rule " + compiled.problem + goes_on);
    return;
  }
  const bool is_accepted = before != nullptr && before->sha256 == rule.sha256;
  if (!is_accepted) {
    into.fresh.push_back(rule);
  }
  if (before == nullptr || is_accepted || !add_accepted(*before, into)) {
    add(rule, compiled.program->facts, into);
  }
}

bool rule_store::add_accepted(const accepted_rule& rule, rule_look& into) const {
  const auto compiled = rules::rule_program::compile(rule.file, rule.source);
  if (compiled.program == nullptr) {
    into.problems.push_back("rule " + compiled.problem + "; it was accepted by another version");
    return false;
  }
  add(rule, compiled.program->facts, into);
  return true;
}

void rule_store::add(const accepted_rule& rule, const rules::rule_facts& facts,
                     rule_look& into) const {
  instance_settings settings;
  settings.name = rule_name(rule.file);
  settings.plugin = "lua";
  settings.on_error = facts.passes_on_error ? failure_answer::open : failure_answer::by_kind;
  // The rule's own deadline is of processor time and shorter; this one also counts what others
  // take.
  settings.call_time_max = std::chrono::milliseconds(10);
  settings.config.emplace("file", rule.file);
  settings.config.emplace("sha256", rule.sha256);
  settings.config.emplace("source", rule.source);
  into.rules.push_back({rule, facts.kind, std::move(settings)});
}

}  // namespace tidemill::extension::lua
