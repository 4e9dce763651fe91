#include "server/extension_options.hpp"

#include <array>
#include <utility>

namespace tidemill::server {
namespace {

/// A value as the extension room takes it.
struct converter {
  extension::written_value operator()(const config::untyped& value) const {
    return extension::untyped{value.text};
  }
  extension::written_value operator()(const config::other& value) const {
    return value.description;  // the configuration keeps none
  }
  template <class Value>
  extension::written_value operator()(const Value& value) const {
    return value;
  }
};

extension::failure_answer answer_of(std::string_view text) {
  return text == "open"     ? extension::failure_answer::open
         : text == "closed" ? extension::failure_answer::closed
                            : extension::failure_answer::by_kind;
}

extension::instance_settings settings_of(const config::extension_section& from) {
  extension::instance_settings settings;
  settings.name = from.name;
  settings.plugin = from.plugin;
  settings.is_required = from.required;
  settings.on_error = answer_of(from.on_error);
  settings.memory_bytes_max = static_cast<std::uint64_t>(from.memory_bytes_max);
  settings.call_time_max = from.call_time_max;
  for (const auto& [key, value] : from.config) {
    settings.config.emplace(key, std::visit(converter{}, value));
  }
  return settings;
}

struct named_kind {
  std::string_view setting;
  extension::kind kind;
};
constexpr std::array<named_kind, 3> named_kinds{
    {{"tidemill.partitioner", extension::kind::partitioner},
     {"tidemill.retention", extension::kind::retention},
     {"tidemill.validate", extension::kind::transform}}};

}  // namespace

extension::wanted_extensions wanted_extensions(const config::configuration& from,
                                               const std::string& program_directory) {
  extension::wanted_extensions wanted;
  wanted.directories = from.extensions.directories;
  if (from.extensions.shipped_plugins && !program_directory.empty()) {
    const std::string prefix = program_directory.substr(0, program_directory.rfind('/'));
    wanted.shipped_directories.push_back(prefix + "/plugins");
    const std::string installed = TIDEMILL_PLUGIN_LIBRARY_DIRECTORY;
    wanted.shipped_directories.push_back(installed.starts_with('/') ? installed
                                                                    : prefix + "/" + installed);
  }
  wanted.rules.directory = from.extensions.scripts;
  for (const config::extension_section& each : from.extension_list) {
    wanted.instances.push_back(settings_of(each));
  }
  return wanted;
}

std::vector<extension::accepted_rule> accepted_rules(const metadata::image& from) {
  std::vector<extension::accepted_rule> rules;
  for (const auto& one : from.rules()) {
    const metadata::rule::version& now = one->versions.front();
    rules.push_back({one->file, now.sha256, now.source});
  }
  return rules;
}

std::optional<extension::kind> kind_of_setting(std::string_view setting) noexcept {
  for (const named_kind& one : named_kinds) {
    if (one.setting == setting) {
      return one.kind;
    }
  }
  return std::nullopt;
}

std::optional<std::string> extension_names::problem_with(std::string_view setting,
                                                         std::string_view name) const {
  const auto kind = kind_of_setting(setting);
  return kind ? extensions_.problem_with(*kind, name) : std::nullopt;
}

bool extension_names::is_worth_a_look(std::string_view name) const {
  return name.starts_with(extension::rule_prefix) && !extensions_.has(name);
}

std::optional<std::string> problem_with_defaults(const metadata::setting_list& defaults,
                                                 const metadata::extension_catalog& catalog) {
  for (const metadata::setting& one : defaults) {
    if (auto problem = metadata::extension_problem(one.name, one.value, &catalog)) {
      return "topic_defaults." + *problem;
    }
  }
  return std::nullopt;
}

}  // namespace tidemill::server
