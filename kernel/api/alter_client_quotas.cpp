#include "api/alter_client_quotas.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/controller_request.hpp"
#include "api/wire_error.hpp"
#include "metadata/controller.hpp"
#include "protocol/alter_client_quotas.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// The request has no time of its own.
constexpr std::chrono::seconds patience{60};

class alter_quotas_operation {
 public:
  using outcomes = std::vector<metadata::outcome<void>>;

  alter_quotas_operation(const request_context& request,
                         const protocol::alter_client_quotas_request& asked) {
    const bool may = request.may_on_cluster(operation::alter_configs);
    for (const auto& entry : asked.entries) {
      auto& row = rows_.emplace_back();
      for (const auto& part : entry.entity) {
        row.entity.insert_or_assign(std::string(part.entity_type), text_of(part.entity_name));
      }
      if (!may) {
        row.error = wire_error::cluster_authorization_failed;
        row.message = "not allowed to change quotas";
      } else if (auto repeated = repeated_key(entry); !repeated.empty()) {
        row.error = wire_error::invalid_request;
        row.message = "the entity has " + repeated + " more than once";
      } else {
        commands_.push_back(command_of(row.entity, entry));
      }
    }
  }

  [[nodiscard]] std::vector<metadata::quota_change> take_commands() { return std::move(commands_); }

  void receive(const outcomes& decided) { take_outcomes(rows_, decided); }

  void time_out() {
    time_out_rows(rows_, "the quotas were not changed in time; they may still be");
  }

  void answer(request_context& request) const {
    protocol::alter_client_quotas_response response;
    for (const auto& row : rows_) {
      auto& result = response.entries.emplace_back();
      result.error_code = row.error;
      result.error_message = std::nullopt;
      if (row.error != wire_error::none) {
        result.error_message = row.message;
      }
      for (const auto& [type, name] : row.entity) {
        auto& part = result.entity.emplace_back();
        part.entity_type = type;
        part.entity_name = name;
      }
    }
    request.answer(response);
  }

 private:
  struct change {
    metadata::quota_entity entity;
    wire_error error = wire_error::none;
    std::string message;
  };

  static std::optional<std::string> text_of(std::optional<std::string_view> text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
  }
  template <class Entry>
  static std::string repeated_key(const Entry& entry) {
    std::set<std::string_view> seen;
    for (const auto& each : entry.ops) {
      if (!seen.insert(each.key).second) {
        return std::string(each.key);
      }
    }
    return {};
  }
  template <class Entry>
  static metadata::quota_change command_of(const metadata::quota_entity& entity,
                                           const Entry& entry) {
    metadata::quota_change change{entity, {}};
    for (const auto& each : entry.ops) {
      change.values.emplace(each.key,
                            each.remove ? std::optional<double>() : std::optional(each.value));
    }
    return change;
  }

  std::vector<change> rows_;
  std::vector<metadata::quota_change> commands_;
};

}  // namespace

void handle_alter_client_quotas(request_context request) {
  const auto asked =
      protocol::decode<protocol::alter_client_quotas_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto operation = std::make_shared<alter_quotas_operation>(request, *asked);
  auto commands = operation->take_commands();
  if (commands.empty()) {
    return operation->answer(request);
  }
  answer_by_controller(std::move(request), std::move(operation), patience,
                       [commands = std::move(commands), validate_only = asked->validate_only](
                           metadata::controller& controller, auto deliver) mutable {
                         controller.change_client_quotas(std::move(commands), validate_only,
                                                         std::move(deliver));
                       });
}

}  // namespace tidemill::api
