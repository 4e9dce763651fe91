// Rules from anybody: texts of any kind, and calls of every function that a rule may use with
// arguments that none of them expects. Nothing may crash, hang, or take more than its share.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tidemill/rules/rule_case.hpp"

namespace {

using namespace tidemill::rules;

constexpr std::array functions{"assert",
                               "error",
                               "ipairs",
                               "pairs",
                               "select",
                               "tonumber",
                               "tostring",
                               "type",
                               "math.abs",
                               "math.ceil",
                               "math.floor",
                               "math.fmod",
                               "math.max",
                               "math.min",
                               "math.tointeger",
                               "math.type",
                               "math.ult",
                               "string.byte",
                               "string.char",
                               "string.format",
                               "string.len",
                               "string.lower",
                               "string.rep",
                               "string.reverse",
                               "string.sub",
                               "string.upper",
                               "table.concat",
                               "table.insert",
                               "table.remove",
                               "table.sort",
                               "table.unpack",
                               "utf8.char",
                               "utf8.codepoint",
                               "utf8.len",
                               "utf8.offset",
                               "starts",
                               "ends",
                               "contains",
                               "glob",
                               "re",
                               "pattern",
                               "pattern.capture",
                               "reject",
                               "seconds",
                               "days",
                               "kib",
                               "gib",
                               "tidemill.hash.murmur2",
                               "tidemill.hash.crc32",
                               "tidemill.hash.fnv1a",
                               "tidemill.hash.xxh64",
                               "memory.get",
                               "memory.set",
                               "memory.add",
                               "memory.size",
                               "tidemill.state",
                               "tidemill.validate",
                               "tidemill.partitioner",
                               "rec.header",
                               "rec.header_at",
                               "rec.json",
                               "rec.json_type",
                               "rec.is_json"};
constexpr std::array arguments{"nil",
                               "true",
                               "0",
                               "-1",
                               "1",
                               "2^53",
                               "math.maxinteger",
                               "math.mininteger",
                               "1e308",
                               "-1e308",
                               "0/0",
                               "1/0",
                               "0.5",
                               "''",
                               "'a'",
                               "'/a/0/b'",
                               "'%s%d%5.3f%q'",
                               "'(a+)+'",
                               "'*a*b*c?'",
                               "'\\xff\\xfe\\0'",
                               "string.rep('x', 100000)",
                               "{}",
                               "{ 3, 1, 2 }",
                               "{ a = 1, [1] = 2 }",
                               "{ entries = 3 }",
                               "{ record = 1 }",
                               "function() return 1 end",
                               "function() error('x') end",
                               "rec",
                               "topic",
                               "any",
                               "keep",
                               "pattern",
                               "memory",
                               "starts",
                               "rec.key",
                               "rec.value",
                               "table",
                               "string",
                               "tidemill"};

/// A rule of calls: a function, how many arguments, and which.
std::string calls_of(const std::uint8_t* data, std::size_t size) {
  std::string text =
      "local pattern, memory = re('(a)(b)?'), tidemill.state { entries = 8 }\n"
      "return tidemill.validate { record = function(rec, topic)\n";
  for (std::size_t at = 0; at + 1 < size && text.size() < 4000;) {
    text += std::string("  do local r = ") + functions[data[at++] % functions.size()] + "(";
    const std::size_t count = data[at++] % 4;
    for (std::size_t one = 0; one < count && at < size; ++one) {
      text += (one == 0 ? "" : ", ") + std::string(arguments[data[at++] % arguments.size()]);
    }
    text += ") end\n";
  }
  return text + "end }\n";
}

void run(const std::string& text) {
  const auto compiled = rule_program::compile("fuzz.lua", text);
  if (compiled.program == nullptr) {
    if (compiled.problem.empty()) {
      std::abort();
    }
    return;
  }
  const auto opened = rule_runner::open(compiled.program);
  if (opened.runner == nullptr) {
    return;
  }
  rule_case shown;
  shown.shown = {.key = "key-1",
                 .value = R"({"a": [{"b": 1}], "id": 7})",
                 .headers = {{"region", "eu"}, {"none", std::nullopt}},
                 .timestamp = 1};
  shown.segments = {{1000, 10, 0, 9}, {0, 10, 10, 19}};
  for (int round = 0; round < 2; ++round) {
    if (decide(*opened.runner, shown).empty()) {
      std::abort();
    }
  }
  if (opened.runner->memory_bytes() > rule_runner::memory_bytes_max) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  if (data[0] == 0) {
    run(calls_of(data + 1, size - 1));
  } else {
    const std::string text(reinterpret_cast<const char*>(data), size);
    run(text);
    static_cast<void>(read_cases("fuzz.test.lua", text));
  }
  return 0;
}
