#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "extension/instance.hpp"
#include "extension/problem.hpp"
#include "extension/rule_source.hpp"
#include "io/disk.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::extension::lua {

/// What a look at the rules has found.
struct rule_look {
  /// Every rule that is to be there, with the settings of its instance.
  struct found {
    accepted_rule rule;
    rules::rule_kind kind;
    instance_settings settings;
  };
  std::vector<found> rules;
  /// What files hold that was not accepted before. Where another text of the same file was, that
  /// one goes on until the new one is accepted.
  std::vector<accepted_rule> fresh;
  /// What went wrong, one sentence each.
  std::vector<std::string> problems;
};

/// Checks name and text of a rule. Any thread; takes milliseconds at most.
[[nodiscard]] outcome<accepted_rule> check_rule(std::string file, std::string source);

/// Finds rules: files of a directory, and what was accepted before. Control thread; blocks.
class rule_store {
 public:
  /// Borrows the disk.
  explicit rule_store(io::disk& disk, const host_environment& environment);

  [[nodiscard]] rule_look look(const wanted_rules& wanted) const;
  /// The plugin that runs rules of a kind.
  [[nodiscard]] const std::shared_ptr<const loaded_plugin>& runs(
      rules::rule_kind which) const noexcept {
    return plugins_[static_cast<std::size_t>(which)];
  }

 private:
  void take_file(const std::string& path, const wanted_rules& wanted, rule_look& into) const;
  void add(const accepted_rule& rule, const rules::rule_facts& facts, rule_look& into) const;
  [[nodiscard]] bool add_accepted(const accepted_rule& rule, rule_look& into) const;

  io::disk& disk_;
  // Shared with instances.
  std::array<std::shared_ptr<const loaded_plugin>, 3> plugins_;
};

}  // namespace tidemill::extension::lua
