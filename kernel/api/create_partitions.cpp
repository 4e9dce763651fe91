#include "api/create_partitions.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/controller_request.hpp"
#include "api/wire_error.hpp"
#include "metadata/controller.hpp"
#include "protocol/create_partitions.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// One topic of the request: refused here, or the controller's to decide.
struct growth_row {
  std::string name;
  wire_error error = wire_error::none;
  std::string message;
};

/// KIP-599.
constexpr api_version refused_by_quota_since{3};

std::size_t new_partitions(const request_context& request, std::string_view topic,
                           std::int32_t count) {
  const auto* found = request.dispatch->image->find_topic(topic);
  const auto before = found == nullptr ? std::size_t{0} : found->partitions.size();
  const auto wanted = static_cast<std::size_t>(std::max(count, 0));
  return wanted > before ? wanted - before : 0;
}

class create_partitions_operation {
 public:
  using outcomes = std::vector<metadata::outcome<void>>;

  create_partitions_operation(request_context& request,
                              const protocol::create_partitions_request& asked) {
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

  [[nodiscard]] std::vector<metadata::topic_growth> take_commands() { return std::move(commands_); }

  void receive(const outcomes& decided) { take_outcomes(rows_, decided); }

  void time_out() {
    time_out_rows(rows_, "the partitions were not made in time; they may still come into being");
  }

  void answer(request_context& request) const {
    protocol::create_partitions_response response;
    for (const auto& row : rows_) {
      auto& result = response.results.emplace_back();
      result.name = row.name;
      result.error_code = row.error;
      if (row.error != wire_error::none) {
        result.error_message = row.message;
      }
    }
    request.answer(response);
  }

 private:
  static constexpr std::size_t answered = 0;

  template <class Topic>
  void add(request_context& request, const Topic& topic, bool is_repeated) {
    auto& row = rows_.emplace_back();
    row.name = topic.name;
    if (is_repeated) {
      row.error = wire_error::invalid_request;
      row.message = "the request names the topic more than once";
      return;
    }
    if (!request.may(operation::alter, resource_kind::topic, topic.name)) {
      row.error = wire_error::topic_authorization_failed;
      row.message = "not allowed to alter the topic";
      return;
    }
    if (!may_change_partitions(request, new_partitions(request, topic.name, topic.count),
                               request.version >= refused_by_quota_since)) {
      row.error = wire_error::throttling_quota_exceeded;
      row.message = partition_changes_exceeded;
      return;
    }
    metadata::topic_growth growth{row.name, topic.count, std::nullopt};
    if (topic.assignments) {
      growth.assignments.emplace();
      for (const auto& assignment : *topic.assignments) {
        growth.assignments->push_back(assignment.broker_ids);
      }
    }
    commands_.push_back(std::move(growth));
  }

  std::vector<growth_row> rows_;
  std::vector<metadata::topic_growth> commands_;
};

}  // namespace

void handle_create_partitions(request_context request) {
  const auto asked =
      protocol::decode<protocol::create_partitions_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto operation = std::make_shared<create_partitions_operation>(request, *asked);
  auto commands = operation->take_commands();
  if (commands.empty()) {
    return operation->answer(request);
  }
  const std::chrono::milliseconds timeout{asked->timeout_ms};
  answer_by_controller(std::move(request), std::move(operation), timeout,
                       [commands = std::move(commands), validate_only = asked->validate_only](
                           metadata::controller& controller, auto deliver) mutable {
                         controller.grow_topics(std::move(commands), validate_only,
                                                std::move(deliver));
                       });
}

}  // namespace tidemill::api
