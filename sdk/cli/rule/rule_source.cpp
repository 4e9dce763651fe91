#include "rule/rule_source.hpp"

#include <fstream>
#include <iterator>

namespace tidemill::cli {

std::optional<std::string> read_text(const std::string& path, output& out) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    out.fail(path + " cannot be opened", "name a file that is there", 2);
    return std::nullopt;
  }
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::shared_ptr<const rules::rule_program> compile_rule(const std::string& path, output& out) {
  const auto source = read_text(path, out);
  if (!source) {
    return nullptr;
  }
  auto [program, problem] = rules::rule_program::compile(file_name(path), *source);
  if (program == nullptr) {
    out.fail(problem, "what a rule may use is told in scripts/README.md");
  }
  return program;
}

}  // namespace tidemill::cli
