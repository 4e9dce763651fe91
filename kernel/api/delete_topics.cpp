#include "api/delete_topics.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/controller_request.hpp"
#include "api/wire_error.hpp"
#include "metadata/controller.hpp"
#include "protocol/delete_topics.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using metadata_outcome = metadata::outcome<metadata::deleted_topic>;

constexpr api_version selectors_since{6};

/// KIP-599.
constexpr api_version refused_by_quota_since{5};

struct deletion {
  std::optional<std::string> name;
  topic_id id;
  wire_error error = wire_error::none;
  std::string message;
};

class delete_topics_operation {
 public:
  using outcomes = std::vector<metadata_outcome>;

  delete_topics_operation(request_context& request, const protocol::delete_topics_request& asked) {
    if (request.version >= selectors_since) {
      for (const auto& topic : asked.topics) {
        add(request, topic.name, topic.topic_id);
      }
    } else {
      for (const auto name : asked.topic_names) {
        add(request, name, topic_id{});
      }
    }
    refuse_repeated(request);
    for (auto& row : rows_) {
      const auto* topic = row.id.is_zero() ? nullptr : request.dispatch->image->find_topic(row.id);
      if (row.error == wire_error::none && topic != nullptr &&
          !may_change_partitions(request, topic->partitions.size(),
                                 request.version >= refused_by_quota_since)) {
        refuse(row, wire_error::throttling_quota_exceeded, std::string(partition_changes_exceeded));
      }
      if (row.error == wire_error::none) {
        commands_.push_back({row.id.is_zero() ? row.name : std::nullopt, row.id});
      }
    }
  }

  [[nodiscard]] std::vector<metadata::topic_selector> take_commands() {
    return std::move(commands_);
  }

  void receive(outcomes decided) {
    std::size_t position = 0;
    for (auto& row : rows_) {
      if (row.error == wire_error::none && position < decided.size()) {
        apply(row, std::move(decided[position++]));
      }
    }
  }

  void time_out() {
    time_out_rows(rows_, "the topic was not deleted in time; it may still go away");
  }

  void answer(request_context& request) const {
    protocol::delete_topics_response response;
    for (const auto& row : rows_) {
      auto& result = response.responses.emplace_back();
      result.name = row.name;
      result.topic_id = row.id;
      result.error_code = row.error;
      if (row.error != wire_error::none) {
        result.error_message = row.message;
      }
    }
    request.answer(response);
  }

 private:
  static void refuse(deletion& row, wire_error error, std::string message) {
    row.error = error;
    row.message = std::move(message);
  }

  void add(const request_context& request, std::optional<std::string_view> name, topic_id id) {
    auto& row = rows_.emplace_back();
    row.id = id;
    if (name) {
      row.name = std::string(*name);
    }
    if (name && !id.is_zero()) {
      return refuse(row, wire_error::invalid_request, "both a name and an id are given");
    }
    if (!name && id.is_zero()) {
      return refuse(row, wire_error::invalid_request, "neither a name nor an id is given");
    }
    const auto& image = *request.dispatch->image;
    const auto* topic = name ? image.find_topic(*name) : image.find_topic(id);
    if (topic == nullptr) {
      judge_missing(request, row);
    } else {
      judge_found(request, row, *topic);
    }
  }

  static void judge_missing(const request_context& request, deletion& row) {
    if (!row.name) {
      return refuse(row, wire_error::unknown_topic_id, "no topic has this id");
    }
    if (!request.may(operation::remove, resource_kind::topic, *row.name)) {
      return refuse(row, wire_error::topic_authorization_failed, "not allowed to delete the topic");
    }
    // The image of the controller may already have it.
  }

  static void judge_found(const request_context& request, deletion& row,
                          const metadata::topic& topic) {
    const bool described = request.may(operation::describe, resource_kind::topic, topic.name);
    if (!row.name && !described) {
      return refuse(row, wire_error::unknown_topic_id, "no topic has this id");
    }
    if (!request.may(operation::remove, resource_kind::topic, topic.name)) {
      return refuse(row, wire_error::topic_authorization_failed, "not allowed to delete the topic");
    }
    row.name = topic.name;
    row.id = topic.id;
  }

  /// A topic named twice, be it by name and by id, is refused once, as Kafka does; so is an id.
  void refuse_repeated(const request_context& request) {
    std::vector<deletion> kept;
    std::unordered_map<std::string, std::size_t> named;
    std::unordered_map<topic_id, std::size_t> by_id;
    for (auto& row : rows_) {
      const bool is_unknown_id = !row.name && row.error == wire_error::unknown_topic_id;
      if (row.error != wire_error::none && !is_unknown_id) {
        kept.push_back(std::move(row));
        continue;
      }
      const auto [first, is_new] = row.name ? position_of(named, *row.name, kept.size())
                                            : position_of(by_id, row.id, kept.size());
      if (is_new) {
        kept.push_back(std::move(row));
        continue;
      }
      refuse(kept[first], wire_error::invalid_request,
             "the request names the topic more than once");
      if (request.version < selectors_since) {
        kept[first].id = {};
      }
    }
    rows_ = std::move(kept);
  }

  template <class Key>
  static std::pair<std::size_t, bool> position_of(std::unordered_map<Key, std::size_t>& known,
                                                  const Key& key, std::size_t next) {
    const auto [place, is_new] = known.try_emplace(key, next);
    return {place->second, is_new};
  }

  static void apply(deletion& row, metadata_outcome outcome) {
    if (!outcome) {
      return refuse(row, to_wire(outcome.error().error), std::move(outcome.error().message));
    }
    row.name = std::move(outcome->name);
    row.id = outcome->id;
  }

  std::vector<deletion> rows_;
  std::vector<metadata::topic_selector> commands_;
};

}  // namespace

void handle_delete_topics(request_context request) {
  const auto asked =
      protocol::decode<protocol::delete_topics_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto operation = std::make_shared<delete_topics_operation>(request, *asked);
  auto commands = operation->take_commands();
  if (commands.empty()) {
    return operation->answer(request);
  }
  const std::chrono::milliseconds timeout{asked->timeout_ms};
  answer_by_controller(
      std::move(request), std::move(operation), timeout,
      [commands = std::move(commands)](metadata::controller& controller, auto deliver) mutable {
        controller.delete_topics(std::move(commands), std::move(deliver));
      });
}

}  // namespace tidemill::api
