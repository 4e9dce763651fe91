#include "api/config_alteration.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "api/config_resource.hpp"
#include "api/controller_request.hpp"
#include "api/wire_error.hpp"
#include "metadata/topic_name.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// The requests bear no timeout; clients give up after half a minute or a minute.
constexpr std::chrono::milliseconds timeout = std::chrono::seconds(30);

void refuse(config_alteration::row& one, wire_error error, std::string message) {
  one.error = error;
  one.message = std::move(message);
}

/// Gathers the outcomes of commands that the controller may answer in any order.
struct gathering {
  config_alteration::outcomes outcomes;
  std::size_t left = 0;
  unique_function<void(config_alteration::outcomes)> deliver;

  void receive(std::size_t index, metadata::outcome<void> outcome) {
    outcomes[index] = std::move(outcome);
    if (--left == 0) {
      deliver(std::move(outcomes));
    }
  }
};

struct command {
  std::string topic;
  std::vector<metadata::setting_change> changes;
};

}  // namespace

void config_alteration::add(std::int8_t type, std::string_view name,
                            std::vector<metadata::setting_change> changes, std::string refused) {
  row& one = rows_.emplace_back(row{type, std::string(name), std::move(changes), {}, {}});
  std::set<std::string_view> names;
  for (const metadata::setting_change& each : one.changes) {
    if (!names.insert(each.name).second) {
      refused = "a setting is named twice: " + each.name;
    }
  }
  if (!refused.empty()) {
    refuse(one, wire_error::invalid_request, std::move(refused));
  }
}

void config_alteration::refuse_repeated() {
  std::set<std::pair<std::int8_t, std::string>> seen;
  std::set<std::pair<std::int8_t, std::string>> repeated;
  for (const row& one : rows_) {
    if (!seen.emplace(one.type, one.name).second) {
      repeated.emplace(one.type, one.name);
    }
  }
  for (row& one : rows_) {
    if (repeated.contains({one.type, one.name})) {
      refuse(one, wire_error::invalid_request, "the request names the resource more than once");
    }
  }
}

void config_alteration::judge(const request_context& request, row& one) const {
  switch (static_cast<config_resource>(one.type)) {
    case config_resource::topic:
      if (!request.may(operation::alter_configs, resource_kind::topic, one.name)) {
        refuse(one, wire_error::topic_authorization_failed,
               "not allowed to change the settings of the topic");
      } else if (one.name.empty()) {
        refuse(one, wire_error::invalid_request, "the topic has no name");
      } else if (auto problem = metadata::topic_name_problem(one.name)) {
        refuse(one, wire_error::invalid_topic_exception, std::move(*problem));
      }
      return;
    case config_resource::broker:
    case config_resource::broker_logger:
      if (!request.may_on_cluster(operation::alter_configs)) {
        refuse(one, wire_error::cluster_authorization_failed,
               "not allowed to change the settings of the cluster");
      } else {
        refuse(one, wire_error::invalid_request,
               "no setting of this broker can be changed by a client; it reads its configuration "
               "file anew on SIGHUP");
      }
      return;
    case config_resource::client_metrics:
    case config_resource::group:
      return refuse(one, wire_error::invalid_request,
                    "this broker has no settings of this kind of resource");
  }
  refuse(one, wire_error::invalid_request, "unknown kind of resource");
}

void config_alteration::run(request_context request, answerer by) {
  answer_ = by;
  refuse_repeated();
  std::vector<command> commands;
  for (row& one : rows_) {
    if (one.error == wire_error::none) {
      judge(request, one);
    }
    if (one.error == wire_error::none) {
      commands.push_back({one.name, std::move(one.changes)});
    }
  }
  if (commands.empty()) {
    return answer_(request, rows_);
  }
  answer_by_controller(
      std::move(request), shared_from_this(), timeout,
      [commands = std::move(commands), others = others_, validate_only = validate_only_](
          metadata::controller& controller, auto deliver) mutable {
        auto gathered = std::make_shared<gathering>();
        gathered->outcomes.resize(commands.size());
        gathered->left = commands.size();
        gathered->deliver = std::move(deliver);
        for (std::size_t index = 0; index < commands.size(); ++index) {
          controller.change_topic_settings(
              std::move(commands[index].topic), std::move(commands[index].changes), others,
              validate_only, [gathered, index](metadata::outcome<void> outcome) {
                gathered->receive(index, std::move(outcome));
              });
        }
      });
}

void config_alteration::receive(outcomes decided) {
  std::size_t position = 0;
  for (row& one : rows_) {
    if (one.error != wire_error::none || position == decided.size()) {
      continue;
    }
    if (auto& outcome = decided[position++]; !outcome) {
      refuse(one, to_wire(outcome.error().error), std::move(outcome.error().message));
    }
  }
}

void config_alteration::time_out() {
  for (row& one : rows_) {
    if (one.error == wire_error::none) {
      refuse(one, wire_error::request_timed_out,
             "the settings were not changed in time; they may still be");
    }
  }
}

}  // namespace tidemill::api
