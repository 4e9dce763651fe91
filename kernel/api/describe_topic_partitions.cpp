#include "api/describe_topic_partitions.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "api/authorized_operations.hpp"
#include "metadata/topic_name.hpp"
#include "protocol/describe_topic_partitions.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// max.request.partition.size.limit of Kafka.
constexpr std::int32_t partitions_max = 2000;

/// Puts an answer together. The response borrows from the request's frame and from the image.
class topic_partitions_answer {
 public:
  topic_partitions_answer(const request_context& request,
                          const protocol::describe_topic_partitions_request& asked)
      : request_(request),
        asked_(asked),
        image_(*request.dispatch->image),
        left_(std::clamp(asked.response_partition_limit, 1, partitions_max)) {}

  [[nodiscard]] protocol::describe_topic_partitions_response make() {
    if (!is_cursor_valid()) {
      for (const auto& topic : asked_.topics) {
        add_missing(topic.name, wire_error::invalid_request, false);
      }
      return std::move(response_);
    }
    const std::string_view from = asked_.cursor ? asked_.cursor->topic_name : std::string_view();
    for (const std::string_view name : names(from)) {
      if (response_.next_cursor) {
        break;
      }
      const bool begins = asked_.cursor && name == from;
      add(name, begins ? static_cast<std::size_t>(asked_.cursor->partition_index.value()) : 0);
    }
    return std::move(response_);
  }

 private:
  /// It names a partition, and one of the topics that are asked for; among all topics it may be one
  /// that is gone by now.
  [[nodiscard]] bool is_cursor_valid() const noexcept {
    return !asked_.cursor ||
           (asked_.cursor->partition_index >= partition_index{0} &&
            (asked_.topics.empty() || std::ranges::any_of(asked_.topics, [this](const auto& topic) {
               return topic.name == asked_.cursor->topic_name;
             })));
  }

  /// Those that are wanted, ordered, from the cursor on.
  [[nodiscard]] std::vector<std::string_view> names(std::string_view from) const {
    std::vector<std::string_view> all;
    if (asked_.topics.empty()) {
      for (const auto& topic : image_.topics()) {
        if (request_.may(operation::describe, resource_kind::topic, topic.name)) {
          all.push_back(topic.name);
        }
      }
    } else {
      for (const auto& topic : asked_.topics) {
        all.push_back(topic.name);
      }
      std::ranges::sort(all);
      const auto twice = std::ranges::unique(all);
      all.erase(twice.begin(), twice.end());
    }
    all.erase(all.begin(), std::ranges::lower_bound(all, from));
    return all;
  }

  void add(std::string_view name, std::size_t begin) {
    if (!request_.may(operation::describe, resource_kind::topic, name)) {
      return add_missing(name, wire_error::topic_authorization_failed, false);
    }
    const metadata::topic* topic = image_.find_topic(name);
    if (topic == nullptr) {
      const bool is_name = metadata::is_valid_topic_name(name);
      return add_missing(
          name,
          is_name ? wire_error::unknown_topic_or_partition : wire_error::invalid_topic_exception,
          true);
    }
    if (left_ == 0) {
      return stop_at(name, 0);
    }
    auto& row = response_.topics.emplace_back();
    row.name = topic->name;
    row.topic_id = topic->id;
    row.is_internal = topic->is_internal;
    row.topic_authorized_operations = authorized_operations(request_, resource_kind::topic, name);
    for (std::size_t index = begin; index < topic->partitions.size(); ++index) {
      if (left_ == 0) {
        return stop_at(name, index);
      }
      --left_;
      fill(row.partitions.emplace_back(), topic->partitions[index], index);
    }
  }

  template <class Row>
  void fill(Row& row, const metadata::partition& partition, std::size_t index) const {
    row.partition_index = partition_index{static_cast<std::int32_t>(index)};
    row.error_code = partition.leader ? wire_error::none : wire_error::leader_not_available;
    row.leader_id = partition.leader.value_or(broker_id{-1});
    row.leader_epoch = partition.leader_epoch;
    row.replica_nodes = partition.replicas;
    row.in_sync_replicas = partition.in_sync_replicas;
    row.eligible_leader_replicas.emplace();
    row.last_known_eligible_leader_replicas.emplace();
    for (const broker_id replica : partition.replicas) {
      if (image_.find_broker(replica) == nullptr) {
        row.offline_replicas.push_back(replica);
      }
    }
  }

  void add_missing(std::string_view name, wire_error why, bool shows_operations) {
    auto& row = response_.topics.emplace_back();
    row.name = name;
    row.error_code = why;
    if (shows_operations) {
      row.topic_authorized_operations = authorized_operations(request_, resource_kind::topic, name);
    }
  }

  void stop_at(std::string_view name, std::size_t index) {
    auto& cursor = response_.next_cursor.emplace();
    cursor.topic_name = name;
    cursor.partition_index = partition_index{static_cast<std::int32_t>(index)};
  }

  const request_context& request_;
  const protocol::describe_topic_partitions_request& asked_;
  const metadata::image& image_;
  std::int32_t left_;
  protocol::describe_topic_partitions_response response_;
};

}  // namespace

void handle_describe_topic_partitions(request_context request) {
  const auto asked =
      protocol::decode<protocol::describe_topic_partitions_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  topic_partitions_answer answer(request, *asked);
  auto response = answer.make();
  request.answer(response);
}

}  // namespace tidemill::api
