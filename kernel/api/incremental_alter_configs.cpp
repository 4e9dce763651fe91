#include "api/incremental_alter_configs.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/config_alteration.hpp"
#include "protocol/incremental_alter_configs.hpp"

namespace tidemill::api {

namespace {

using metadata::setting_change;

/// The values are those of the wire.
enum class config_operation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

/// Adds the change; returns what is wrong with it by itself.
template <class Config>
std::string add_change(const Config& asked, std::vector<setting_change>& changes) {
  auto& change = changes.emplace_back();
  change.name = asked.name;
  if (asked.value) {
    change.value = std::string(*asked.value);
  }
  switch (static_cast<config_operation>(asked.config_operation)) {
    case config_operation::remove:
      change.value.reset();
      return {};
    case config_operation::set:
      break;
    case config_operation::append:
      change.how = setting_change::operation::append;
      break;
    case config_operation::subtract:
      change.how = setting_change::operation::subtract;
      break;
    default:
      return "unknown operation " + std::to_string(asked.config_operation) + " on " + change.name +
             "; 0 (set), 1 (delete), 2 (append) and 3 (subtract) are known";
  }
  return change.value ? std::string() : "a value is null: " + change.name;
}

}  // namespace

void handle_incremental_alter_configs(request_context request) {
  const auto asked =
      protocol::decode<protocol::incremental_alter_configs_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto alteration =
      std::make_shared<config_alteration>(metadata::unnamed_settings::kept, asked->validate_only);
  for (const auto& resource : asked->resources) {
    std::vector<setting_change> changes;
    std::string refused;
    for (const auto& one : resource.configs) {
      if (auto problem = add_change(one, changes); !problem.empty()) {
        refused = std::move(problem);
      }
    }
    alteration->add(resource.resource_type, resource.resource_name, std::move(changes),
                    std::move(refused));
  }
  alteration->run(std::move(request),
                  answer_alteration<protocol::incremental_alter_configs_response>);
}

}  // namespace tidemill::api
