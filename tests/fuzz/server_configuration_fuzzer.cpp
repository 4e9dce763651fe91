// Any bytes as a configuration file and as a --set argument: no crash, and every message fit for
// one line; what is accepted prints as TOML that reads back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/config/load.hpp"
#include "server/topic_default_rules.hpp"

namespace {

namespace config = tidemill::server::config;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_one_printable_line(std::string_view text) {
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20U || letter == 0x7F) {
      return false;
    }
  }
  return true;
}

void check(config::loaded outcome, const config::topic_setting_rules& rules) {
  for (const config::problem& wrong : outcome.problems) {
    require(is_one_printable_line(to_string(wrong)));
  }
  if (!outcome.problems.empty()) {
    return;
  }
  const std::string printed = print(outcome);
  config::sources again;
  again.from_file = config::sources::file{"printed", printed};
  const config::loaded second = load(again, rules);
  require(second.problems.empty());
  require(second.values == outcome.values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const tidemill::server::topic_default_rules rules;
  config::sources as_file;
  as_file.from_file = config::sources::file{"fuzz.toml", std::string(input)};
  check(load(as_file, rules), rules);

  config::sources as_text;
  const std::size_t equals = input.find('=');
  const std::string name(input.substr(0, equals));
  const std::string value(equals == std::string_view::npos ? "" : input.substr(equals + 1));
  as_text.overrides = {std::string(input)};
  as_text.environment = {{"TIDEMILL_" + name, value}};
  check(load(as_text, rules), rules);
  return 0;
}
