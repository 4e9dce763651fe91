#include "rule/dry_run_segments.hpp"

#include <chrono>
#include <filesystem>
#include <map>

#include "kafka/position.hpp"
#include "log/program_lines.hpp"
#include "terminal/table.hpp"
#include "terminal/units.hpp"
#include "tidemill/rules/rule_case.hpp"

namespace tidemill::cli {
namespace {

std::int64_t number(const boost::json::object& row, const char* name) {
  const auto* const found = row.if_contains(name);
  const auto* const value = found == nullptr ? nullptr : found->if_int64();
  return value == nullptr ? 0 : *value;
}

/// What the batches of each segment add up to, oldest first.
class segment_sums {
 public:
  void see(const std::string& line) {
    boost::system::error_code why;
    const auto parsed = boost::json::parse(line, why);
    const auto* const row = why ? nullptr : parsed.if_object();
    const auto* const kind = row == nullptr ? nullptr : row->if_contains("kind");
    if (kind == nullptr || !kind->is_string()) {
      return;
    }
    if (kind->get_string() == "problem") {
      first_problem_ = first_problem_.empty() ? line : first_problem_;
    } else if (kind->get_string() == "batch") {
      add(*row);
    }
  }
  [[nodiscard]] const std::string& first_problem() const noexcept { return first_problem_; }
  [[nodiscard]] std::vector<rules::rule_case::segment> segments(std::int64_t now) const {
    std::vector<rules::rule_case::segment> all;
    for (const auto& [file, sum] : sums_) {
      all.push_back({std::max<std::int64_t>(0, now - sum.newest), sum.size, sum.base, sum.last});
    }
    return all;
  }

 private:
  struct segment_sum {
    std::int64_t base = -1;
    std::int64_t last = -1;
    std::int64_t size = 0;
    std::int64_t newest = 0;
  };
  void add(const boost::json::object& row) {
    segment_sum& to = sums_[boost::json::serialize(row.at("file"))];
    to.base = to.base < 0 ? number(row, "base_offset") : to.base;
    to.last = number(row, "last_offset");
    to.size += number(row, "size");
    to.newest = std::max(to.newest, number(row, "max_timestamp"));
  }

  /// By file: names rise with offsets.
  std::map<std::string, segment_sum> sums_;
  std::string first_problem_;
};

outcome<rules::rule_case> case_of(const segment_run& wanted) {
  segment_sums sums;
  const auto ended = run_program(program_beside("tidemill-log-dump"), {wanted.directory},
                                 [&](const std::string& line) { sums.see(line); });
  if (!ended) {
    return ended.error();
  }
  rules::rule_case made;
  made.now = wanted.now;
  made.segments = sums.segments(wanted.now);
  if (made.segments.empty() || *ended != 0) {
    return problem{wanted.directory + ": " +
                       (sums.first_problem().empty() ? "no batch is there" : sums.first_problem()),
                   "see what is wrong: tidectl log dump " + wanted.directory};
  }
  made.min_committed_offset = wanted.committed;
  std::error_code unknown;
  const auto space = std::filesystem::space(wanted.directory, unknown);
  if (!unknown) {
    made.disk_free = static_cast<std::int64_t>(space.available);
    made.disk_total = static_cast<std::int64_t>(space.capacity);
  }
  return made;
}

/// The answer for people, and for programs.
struct told {
  boost::json::array segments;
  std::map<std::string, std::int64_t> counts;
  std::int64_t changed = 0;
  std::string text;
};

told tell(const rules::rule_case& about, const std::vector<std::string>& decided,
          const std::vector<std::string>& before) {
  using enum table::align;
  told made;
  table shown({{"BASE OFFSET", right},
               {"LAST OFFSET", right},
               {"SIZE", right},
               {"AGE", right},
               {"DECIDED"},
               {before.empty() ? "" : "BEFORE"}});
  for (std::size_t at = 0; at < about.segments.size(); ++at) {
    const auto& segment = about.segments[at];
    // A rule that fails says so once, for all segments.
    const std::string& one = decided[std::min(at, decided.size() - 1)];
    const std::string old = before.empty() ? "" : before[std::min(at, before.size() - 1)];
    made.changed += !before.empty() && old != one ? 1 : 0;
    ++made.counts[one];
    constexpr double milliseconds_a_second = 1000;
    shown.add({std::to_string(segment.base_offset), std::to_string(segment.last_offset),
               size_text(static_cast<std::uint64_t>(segment.size)),
               duration_text(static_cast<double>(segment.age) / milliseconds_a_second), one, old});
    made.segments.push_back(boost::json::object{{"base_offset", segment.base_offset},
                                                {"last_offset", segment.last_offset},
                                                {"size_bytes", segment.size},
                                                {"age_ms", segment.age},
                                                {"decided", one}});
  }
  made.text = shown.text();
  return made;
}

}  // namespace

void dry_run_segments(const segment_run& wanted, rules::rule_runner& rule,
                      rules::rule_runner* against, output& out) {
  const auto about = case_of(wanted);
  if (!about) {
    out.fail(about.error());
    return;
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto decided = rules::decide(rule, *about);
  const auto took =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begun)
          .count();
  const auto before =
      against == nullptr ? std::vector<std::string>() : rules::decide(*against, *about);
  told all = tell(*about, decided, before);
  boost::json::object counts;
  std::string text = std::to_string(about->segments.size()) + " segments of " + wanted.directory;
  for (const auto& [decision, count] : all.counts) {
    counts[decision] = count;
    text += ", " + std::to_string(count) + " " + decision;
  }
  text += against == nullptr
              ? ""
              : "; " + std::to_string(all.changed) + " differ from " + wanted.against_name;
  out.answer(boost::json::object{{"rule", wanted.rule_name},
                                 {"directory", wanted.directory},
                                 {"decisions", std::move(counts)},
                                 {"changed", all.changed},
                                 {"segments", std::move(all.segments)},
                                 {"nanoseconds", took}},
             text + "; asking took " + std::to_string(took / 1000) + " us\n\n" + all.text);
}

}  // namespace tidemill::cli
