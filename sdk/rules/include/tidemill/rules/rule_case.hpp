#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/rules/rule.hpp"

namespace tidemill::rules {

/// One example of what a rule decides: what it is shown, and what is expected of it.
struct rule_case {
  std::string name;

  struct record {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
    std::int64_t timestamp = 0;
  };
  record shown;
  std::string topic = "topic";
  std::int32_t partitions = 10;
  /// What the client chose.
  std::int32_t partition = 0;
  std::string client_id;

  /// For a rule of retention, oldest first; the last is active.
  struct segment {
    std::int64_t age = 0;
    std::int64_t size = 0;
    std::int64_t base_offset = 0;
    std::int64_t last_offset = 0;
  };
  std::vector<segment> segments;
  /// When the rule is asked, in milliseconds since 1970: in May 2033, at 03:33 UTC, unless said.
  std::int64_t now = 2'000'000'000'000;
  std::int64_t disk_free = -1;
  std::int64_t disk_total = -1;
  std::int64_t retention_ms = -1;
  std::int64_t retention_bytes = -1;
  /// Of a group; nullopt: there is no group.
  std::optional<std::int64_t> min_committed_offset;

  /// "3", "any", "pass", "reject" (whatever the reason), "reject: the reason"; of retention one for
  /// each segment, "keep" or "delete".
  std::vector<std::string> expected;
};

struct rule_cases {
  std::vector<rule_case> cases;
  /// Empty when they could be read.
  std::string problem;
};
/// Reads a file of cases: a Lua table of them, which may use what rules may use.
///   return { { name = "VIPs go first", record = { key = "vip-1" }, partitions = 4, expect = 0 } }
[[nodiscard]] rule_cases read_cases(const std::string& name, std::string_view source);

/// What the rule decides, in the words of rule_case::expected; "error: ..." where it fails.
[[nodiscard]] std::vector<std::string> decide(rule_runner& rule, const rule_case& about);

/// Whether what was decided is what was expected.
[[nodiscard]] bool agrees(const std::vector<std::string>& expected,
                          const std::vector<std::string>& decided);

}  // namespace tidemill::rules
