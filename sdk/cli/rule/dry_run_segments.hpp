#pragma once

#include <memory>
#include <optional>
#include <string>

#include "terminal/output.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::cli {

/// What a rule of retention would decide of the segments in a partition's directory.
struct segment_run {
  std::string directory;
  /// The lowest offset that a group has committed; nullopt: there is no group.
  std::optional<std::int64_t> committed;
  /// When the rule is asked, in milliseconds since 1970.
  std::int64_t now = 0;
  /// The rule's file, and that of the other one, for people; empty where there is none.
  std::string rule_name;
  std::string against_name;
};

/// Reads the segments through tidemill-log-dump, asks the rule (and the other, where it is not
/// nullptr), and answers. Changes nothing.
void dry_run_segments(const segment_run& wanted, rules::rule_runner& rule,
                      rules::rule_runner* against, output& out);

}  // namespace tidemill::cli
