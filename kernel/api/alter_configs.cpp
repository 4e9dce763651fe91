#include "api/alter_configs.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/config_alteration.hpp"
#include "protocol/alter_configs.hpp"

namespace tidemill::api {

void handle_alter_configs(request_context request) {
  const auto asked =
      protocol::decode<protocol::alter_configs_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto alteration = std::make_shared<config_alteration>(metadata::unnamed_settings::removed,
                                                        asked->validate_only);
  for (const auto& resource : asked->resources) {
    std::vector<metadata::setting_change> changes;
    std::string refused;
    for (const auto& one : resource.configs) {
      auto& change = changes.emplace_back();
      change.name = one.name;
      if (one.value) {
        change.value = std::string(*one.value);
      } else {
        refused = "a value is null: " + change.name;
      }
    }
    alteration->add(resource.resource_type, resource.resource_name, std::move(changes),
                    std::move(refused));
  }
  alteration->run(std::move(request), answer_alteration<protocol::alter_configs_response>);
}

}  // namespace tidemill::api
