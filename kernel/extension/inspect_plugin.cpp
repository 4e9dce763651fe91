#include <utility>

#include "base/escape.hpp"
#include "extension/plugin_file.hpp"
#include "tidemill/inspection/description.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t reason_length_max = 1024;

problem shown(const std::string& reason) {
  return {escape(reason, reason_length_max)};
}

}  // namespace

outcome<plugin_identity> inspect_plugin(const plugin_file& file) {
  const auto read = inspection::elf_file::parse(std::string(as_text(file.bytes)));
  if (!read) {
    return shown(read.error().message);
  }
  auto described = inspection::describe(*read);
  if (!described) {
    return shown(described.error().message);
  }
  const auto faults = inspection::faults_of(*described);
  if (!faults.empty()) {
    const std::size_t others = faults.size() - 1;
    return shown(faults.front() + (others == 0 ? "" : "; and " + std::to_string(others) + " more"));
  }
  return plugin_identity{std::move(described->name), std::move(described->version)};
}

}  // namespace tidemill::extension
