// tidemill-log-dump: rows of log files as JSON, one a line. People ask `tidectl log dump`.
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "dump/dump.hpp"
#include "io/posix_disk.hpp"

namespace {

constexpr int exit_well = 0;
constexpr int exit_problems = 1;
constexpr int exit_wrong_words = 2;
constexpr const char* usage =
    "usage: tidemill-log-dump [--records] PATH...\n"
    "Prints what stands in the files of a log, as JSON, one row a line. PATH is the directory of "
    "a\n"
    "partition or a file of it. Ends with 1 when something is wrong with them. Reads only.\n"
    "Example:\n  tidemill-log-dump --records tidemill-data/orders-0\n";

}  // namespace

int main(int argument_count, char** arguments) {
  tidemill::dump::options wanted;
  std::vector<std::string> paths;
  for (int at = 1; at < argument_count; ++at) {
    const std::string_view word = arguments[at];
    if (word == "--help" || word == "-h") {
      std::fputs(usage, stdout);
      return exit_well;
    }
    if (word == "--records") {
      wanted.with_records = true;
    } else if (word.starts_with('-')) {
      std::fprintf(stderr, "tidemill-log-dump: found %s, expected --records or a path\n%s",
                   arguments[at], usage);
      return exit_wrong_words;
    } else {
      paths.emplace_back(word);
    }
  }
  if (paths.empty()) {
    std::fputs(usage, stderr);
    return exit_wrong_words;
  }
  const auto disk = tidemill::io::make_posix_disk();
  std::size_t problems = 0;
  for (const std::string& path : paths) {
    problems += tidemill::dump::dump_path(*disk, path, wanted, [](boost::json::object row) {
      const std::string line = boost::json::serialize(row) + "\n";
      std::fwrite(line.data(), 1, line.size(), stdout);
    });
  }
  return problems == 0 ? exit_well : exit_problems;
}
