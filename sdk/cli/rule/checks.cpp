// What can be told of a rule without a broker.
#include <algorithm>
#include <chrono>

#include "rule/commands.hpp"
#include "rule/rule_source.hpp"
#include "tidemill/rules/rule_case.hpp"

namespace tidemill::cli {
namespace {

struct wanted_rule {
  std::vector<std::string> files;
  std::string cases;
};

boost::json::array needs_of(std::uint32_t columns) {
  boost::json::array needs;
  for (const auto& [bit, name] :
       {std::pair(TIDEMILL_KEYS, "key"), std::pair(TIDEMILL_VALUES, "value"),
        std::pair(TIDEMILL_HEADERS, "headers"), std::pair(TIDEMILL_TIMESTAMPS, "timestamp")}) {
    if ((columns & bit) != 0) {
      needs.emplace_back(name);
    }
  }
  return needs;
}

// Records and segments that nobody has written: every shape that a rule must be ready for ---------

std::vector<rules::rule_case> made_up_cases(rules::rule_kind kind) {
  std::vector<rules::rule_case> cases;
  if (kind == rules::rule_kind::retention) {
    for (const std::int64_t count : {0, 1, 5, 100}) {
      rules::rule_case& one = cases.emplace_back();
      one.name = std::to_string(count) + " segments";
      one.disk_free = 50'000'000'000;
      one.disk_total = 100'000'000'000;
      for (std::int64_t at = 0; at < count; ++at) {
        one.segments.push_back({(count - at) * 3'600'000, 1 << 30, at * 1000, at * 1000 + 999});
      }
    }
    rules::rule_case& last = cases.emplace_back(cases.back());
    last.name = "100 segments, a group has committed";
    last.min_committed_offset = 50'000;
    return cases;
  }
  const std::string json = R"({"id": 7, "name": "x", "tags": ["a"], "nested": {"ok": true}})";
  const auto add = [&](std::string name, std::optional<std::string> key,
                       std::optional<std::string> value) -> rules::rule_case& {
    rules::rule_case& one = cases.emplace_back();
    one.name = std::move(name);
    one.shown.key = std::move(key);
    one.shown.value = std::move(value);
    one.shown.timestamp = 1'700'000'000'000;
    return one;
  };
  add("a key and a JSON value", "key-1", json).shown.headers = {{"region", "eu"}};
  add("no key", std::nullopt, json);
  add("an empty key", "", json);
  add("a tombstone", "key-1", std::nullopt);
  add("an empty value", "key-1", "");
  add("a value that is no JSON", "key-1", "not json {");
  add("bytes that are no text", "\xff\xfe\x00\x80", "\xff\xfe");
  add("a long key", std::string(10'000, 'k'), json);
  add("a header without a value", "key-1", json).shown.headers = {{"region", std::nullopt}};
  add("100 headers", "key-1", json)
      .shown.headers.assign(100, {"name", std::optional<std::string>("content")});
  add("one partition", "key-1", json).partitions = 1;
  add("no timestamp", "key-1", json).shown.timestamp = -1;
  return cases;
}

struct finding {
  std::string where;
  std::string what;
};

/// What goes wrong with records that nobody has written.
std::vector<finding> try_out(rules::rule_runner& rule) {
  std::vector<finding> found;
  for (const rules::rule_case& one : made_up_cases(rule.program().facts.kind)) {
    for (const std::string& word : rules::decide(rule, one)) {
      if (word.starts_with("error: ") || word.ends_with("(out of range)")) {
        found.push_back({one.name, word});
      }
    }
  }
  return found;
}

/// Nanoseconds of one decision, at the median.
double cost_of(rules::rule_runner& rule, const rules::rule_case& about) {
  constexpr int rounds = 31;
  constexpr int calls = 100;
  std::vector<double> taken;
  for (int round = 0; round < rounds; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    for (int call = 0; call < calls; ++call) {
      static_cast<void>(rules::decide(rule, about));
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
    taken.push_back(took.count() / calls);
  }
  std::ranges::nth_element(taken, taken.begin() + rounds / 2);
  return taken[rounds / 2];
}

void check(const std::string& path, output& out) {
  const auto program = compile_rule(path, out);
  if (program == nullptr) {
    return;
  }
  const auto opened = rules::rule_runner::open(program);
  if (opened.runner == nullptr) {
    out.fail(opened.problem, "");
    return;
  }
  boost::json::object facts{{"file", program->name},
                            {"kind", rules::name_of(program->facts.kind)},
                            {"needs", needs_of(program->facts.columns)},
                            {"description", program->facts.description.data()},
                            {"memory_bytes", opened.runner->memory_bytes()}};
  std::string text = program->name + ": a rule of " + rules::name_of(program->facts.kind);
  if (program->facts.description[0] != '\0') {
    text += ", " + std::string(program->facts.description.data());
  }
  text += "\n";
  boost::json::array warnings;
  for (const finding& one : try_out(*opened.runner)) {
    warnings.push_back(boost::json::object{{"with", one.where}, {"decided", one.what}});
    text += "  with " + one.where + ": " + one.what + "\n";
  }
  if (!warnings.empty()) {
    out.exit_code = 1;
    text += "  A rule that fails decides nothing: see \"when a rule fails\" in scripts/README.md\n";
  }
  facts["warnings"] = std::move(warnings);
  out.answer(facts, text);
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) {
    all += (all.empty() ? "" : ", ") + word;
  }
  return all;
}

/// orders.lua -> orders.test.lua
std::string cases_beside(const std::string& path) {
  const std::size_t end = path.rfind(".lua");
  return path.substr(0, end) + ".test.lua";
}

void test(const std::string& path, const std::string& wanted_cases, output& out) {
  const auto program = compile_rule(path, out);
  const std::string cases_path = wanted_cases.empty() ? cases_beside(path) : wanted_cases;
  const auto source = program == nullptr ? std::nullopt : read_text(cases_path, out);
  if (!source) {
    return;
  }
  const auto [cases, problem] = rules::read_cases(file_name(cases_path), *source);
  if (!problem.empty()) {
    out.fail(problem, "a case is { name = ..., record = { key = ... }, expect = ... }");
    return;
  }
  std::string text;
  boost::json::array failures;
  for (const rules::rule_case& one : cases) {
    // Each in a state of its own: what one case leaves behind is not there for the next.
    const auto opened = rules::rule_runner::open(program);
    const auto decided =
        opened.runner == nullptr ? std::vector{opened.problem} : rules::decide(*opened.runner, one);
    if (!rules::agrees(one.expected, decided)) {
      text += "FAILED  " + one.name + "\n  expected: " + joined(one.expected) +
              "\n  decided:  " + joined(decided) + "\n";
      failures.push_back(boost::json::object{
          {"case", one.name}, {"expected", joined(one.expected)}, {"decided", joined(decided)}});
    }
  }
  text += program->name + ": " + std::to_string(cases.size() - failures.size()) + " of " +
          std::to_string(cases.size()) + " cases passed\n";
  if (!failures.empty() || cases.empty()) {
    out.exit_code = 1;
  }
  out.answer(
      boost::json::object{
          {"file", program->name}, {"cases", cases.size()}, {"failures", std::move(failures)}},
      text);
}

void bench(const std::string& path, output& out) {
  const auto program = compile_rule(path, out);
  const auto opened =
      program == nullptr ? rules::rule_runner::outcome{} : rules::rule_runner::open(program);
  if (opened.runner == nullptr) {
    return;
  }
  boost::json::object costs;
  std::string text = program->name + ": nanoseconds of one decision (a batch of one)\n";
  for (const rules::rule_case& one : made_up_cases(program->facts.kind)) {
    const double cost = cost_of(*opened.runner, one);
    costs[one.name] = cost;
    char line[160] = {};
    std::snprintf(line, sizeof line, "  %-40s %10.0f\n", one.name.c_str(), cost);
    text += line;
  }
  out.answer(boost::json::object{{"file", program->name},
                                 {"nanoseconds", std::move(costs)},
                                 {"memory_bytes", opened.runner->memory_bytes()}},
             text);
}

}  // namespace

void add_rule_checks(CLI::App& rule, output& out) {
  const auto add = [&](const char* name, const char* help, const char* example) {
    auto wanted = std::make_shared<wanted_rule>();
    auto* command = rule.add_subcommand(name, help);
    command->add_option("file", wanted->files, "The rule's file, or several")->required();
    command->footer(std::string("Example:\n  ") + example);
    return std::pair(command, wanted);
  };
  const auto [checks, checked] =
      add("check", "Check a rule, and try it on records and segments of every shape",
          "tidectl rule check orders.lua");
  checks->callback([wanted = checked, &out] {
    for (const std::string& file : wanted->files) {
      check(file, out);
    }
  });
  const auto [tests, tested] =
      add("test", "Run the cases that stand beside a rule, in orders.test.lua",
          "tidectl rule test orders.lua");
  tests->add_option("--cases", tested->cases, "Another file of cases");
  tests->callback([wanted = tested, &out] {
    for (const std::string& file : wanted->files) {
      test(file, wanted->cases, out);
    }
  });
  const auto [benches, measured] =
      add("bench", "Measure what a decision costs", "tidectl rule bench orders.lua");
  benches->callback([wanted = measured, &out] {
    for (const std::string& file : wanted->files) {
      bench(file, out);
    }
  });
}

}  // namespace tidemill::cli
