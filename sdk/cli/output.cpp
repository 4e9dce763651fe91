#include <cstdio>

#include "commands.hpp"

namespace tidemill::cli {

void output::answer(const boost::json::value& value, const std::string& text) const {
  const std::string line = as_json ? boost::json::serialize(value) + "\n" : text;
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void output::fail(const std::string& what, const std::string& next, int code) {
  exit_code = code;
  if (as_json) {
    const auto line =
        boost::json::serialize(boost::json::object{{"error", what}, {"next", next}}) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
    return;
  }
  std::fprintf(stderr, "tidectl: %s\n", what.c_str());
  if (!next.empty()) {
    std::fprintf(stderr, "  %s\n", next.c_str());
  }
}

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

}  // namespace tidemill::cli
