#include "terminal/output.hpp"

#include <cstdio>

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

}  // namespace tidemill::cli
