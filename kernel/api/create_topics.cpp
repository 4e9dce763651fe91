#include "api/create_topics.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/controller_request.hpp"
#include "api/wire_error.hpp"
#include "metadata/controller.hpp"
#include "protocol/create_topics.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using metadata_outcome = metadata::outcome<metadata::created_topic>;
using response_topic = protocol::create_topics_response_creatable_topic_result;

/// One topic of the request: refused here, or the controller's to decide.
struct creation {
  std::string name;
  wire_error error = wire_error::none;
  std::string message;
  topic_id id;
  std::int32_t partition_count = -1;
  std::int16_t replication_factor = -1;
  metadata::setting_list settings;
};

metadata::new_topic command_of(const protocol::create_topics_request_creatable_topic& asked) {
  metadata::new_topic topic;
  topic.name = asked.name;
  if (asked.num_partitions != -1) {
    topic.partition_count = asked.num_partitions;
  }
  if (asked.replication_factor != -1) {
    topic.replication_factor = asked.replication_factor;
  }
  for (const auto& assignment : asked.assignments) {
    topic.assignments.push_back({assignment.partition_index, assignment.broker_ids});
  }
  for (const auto& config : asked.configs) {
    topic.settings.emplace_back(config.name, config.value);
  }
  return topic;
}

/// KIP-599.
constexpr api_version refused_by_quota_since{6};

std::size_t partition_count_of(const request_context& request,
                               const protocol::create_topics_request_creatable_topic& asked) {
  if (!asked.assignments.empty()) {
    return asked.assignments.size();
  }
  const std::int32_t count = asked.num_partitions == -1
                                 ? request.dispatch->broker().default_partition_count
                                 : asked.num_partitions;
  return static_cast<std::size_t>(std::max(count, 0));
}

class create_topics_operation {
 public:
  using outcomes = std::vector<metadata_outcome>;

  create_topics_operation(request_context& request, const protocol::create_topics_request& asked) {
    std::unordered_map<std::string_view, std::size_t> count_of;
    for (const auto& topic : asked.topics) {
      ++count_of[topic.name];
    }
    for (const auto& topic : asked.topics) {
      if (auto& count = count_of[topic.name]; count != answered) {
        add(request, topic, count > 1);
        count = answered;
      }
    }
  }

  [[nodiscard]] std::vector<metadata::new_topic> take_commands() { return std::move(commands_); }

  void receive(outcomes decided) {
    std::size_t position = 0;
    for (auto& row : rows_) {
      if (row.error == wire_error::none && position < decided.size()) {
        apply(row, std::move(decided[position++]));
      }
    }
  }

  void time_out() {
    time_out_rows(rows_, "the topic was not made in time; it may still come into being");
  }

  void answer(request_context& request) const {
    protocol::create_topics_response response;
    for (const auto& row : rows_) {
      response.topics.push_back(response_row(request, row));
    }
    request.answer(response);
  }

 private:
  static constexpr std::size_t answered = 0;

  void add(request_context& request, const protocol::create_topics_request_creatable_topic& topic,
           bool is_repeated) {
    auto& row = rows_.emplace_back();
    row.name = topic.name;
    if (is_repeated) {
      row.error = wire_error::invalid_request;
      row.message = "the request names the topic more than once";
    } else if (!request.may_on_cluster(operation::create) &&
               !request.may(operation::create, resource_kind::topic, topic.name)) {
      row.error = wire_error::topic_authorization_failed;
      row.message = "not allowed to create the topic";
    } else if (!may_change_partitions(request, partition_count_of(request, topic),
                                      request.version >= refused_by_quota_since)) {
      row.error = wire_error::throttling_quota_exceeded;
      row.message = partition_changes_exceeded;
    } else {
      commands_.push_back(command_of(topic));
    }
  }

  static void apply(creation& row, metadata_outcome outcome) {
    if (!outcome) {
      row.error = to_wire(outcome.error().error);
      row.message = std::move(outcome.error().message);
      return;
    }
    row.id = outcome->id;
    row.partition_count = outcome->partition_count;
    row.replication_factor = outcome->replication_factor;
    row.settings = std::move(outcome->settings);
  }

  static response_topic response_row(const request_context& request, const creation& row) {
    response_topic result;
    result.name = row.name;
    result.error_code = row.error;
    result.configs.emplace();
    if (row.error != wire_error::none) {
      result.error_message = row.message;
      return result;
    }
    result.error_message = std::nullopt;
    result.topic_id = row.id;
    if (!request.may(operation::describe_configs, resource_kind::topic, row.name)) {
      result.topic_config_error_code = wire_error::topic_authorization_failed;
      result.configs = std::nullopt;
      return result;
    }
    result.num_partitions = row.partition_count;
    result.replication_factor = row.replication_factor;
    for (const auto& setting :
         metadata::effective_settings(row.settings, request.dispatch->broker().topic_defaults)) {
      auto& config = result.configs->emplace_back();
      config.name = setting.definition->name;
      config.value = setting.value;
      config.config_source = static_cast<std::int8_t>(setting.source);
      config.is_sensitive = setting.definition->is_sensitive;
    }
    return result;
  }

  std::vector<creation> rows_;
  std::vector<metadata::new_topic> commands_;
};

}  // namespace

void handle_create_topics(request_context request) {
  const auto asked =
      protocol::decode<protocol::create_topics_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto operation = std::make_shared<create_topics_operation>(request, *asked);
  auto commands = operation->take_commands();
  if (commands.empty()) {
    return operation->answer(request);
  }
  const std::chrono::milliseconds timeout{asked->timeout_ms};
  answer_by_controller(std::move(request), std::move(operation), timeout,
                       [commands = std::move(commands), validate_only = asked->validate_only](
                           metadata::controller& controller, auto deliver) mutable {
                         controller.create_topics(std::move(commands), validate_only,
                                                  std::move(deliver));
                       });
}

}  // namespace tidemill::api
