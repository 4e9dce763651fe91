#include "api/describe_configs.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/config_resource.hpp"
#include "api/repeated_names.hpp"
#include "metadata/topic_name.hpp"
#include "metadata/topic_settings.hpp"
#include "protocol/describe_configs.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using resource = protocol::describe_configs_request_resource;
using result_row = protocol::describe_configs_response_result;
using config_row = protocol::describe_configs_response_resource_result;

/// The wire's config_source for what stands in the broker's configuration, and for what does not.
constexpr auto static_broker_source = static_cast<std::int8_t>(4);
constexpr auto default_source = static_cast<std::int8_t>(5);

/// Puts an answer together. Kafka describes a resource as often as it is named; here only so many
/// repeats are answered, so that what an answer takes is bounded by what there is. It borrows from
/// the request's frame, the image and the broker's options; texts made on the way are kept in
/// `texts_`.
class describe_configs_answer {
 public:
  describe_configs_answer(const request_context& request,
                          const protocol::describe_configs_request& asked)
      : request_(request), asked_(asked) {}

  [[nodiscard]] protocol::describe_configs_response make() {
    protocol::describe_configs_response response;
    for (const auto& one : asked_.resources) {
      if (!is_admitted(one)) {
        continue;
      }
      auto& row = response.results.emplace_back();
      row.resource_type = one.resource_type;
      row.resource_name = one.resource_name;
      row.error_message = "";
      fill(row, one);
    }
    return response;
  }

 private:
  bool is_admitted(const resource& one) {
    // "01" is the same broker as "1".
    const bool is_broker =
        static_cast<config_resource>(one.resource_type) == config_resource::broker;
    return names_.admits(
        is_broker && !one.resource_name.empty() ? std::string_view("own") : one.resource_name,
        one.resource_type);
  }

  void fill(result_row& row, const resource& one) {
    switch (static_cast<config_resource>(one.resource_type)) {
      case config_resource::topic:
        return describe_topic(row, one);
      case config_resource::broker:
        return describe_broker(row, one);
      case config_resource::broker_logger:
        return refuse(row, wire_error::invalid_request, "this broker has no loggers to configure");
      case config_resource::client_metrics:
      case config_resource::group:
        return refuse(row, wire_error::invalid_request,
                      "this broker has no settings of this kind of resource");
      default:
        return refuse(row, wire_error::invalid_request, "unknown kind of resource");
    }
  }

  void refuse(result_row& row, wire_error error, std::string message) {
    row.error_code = error;
    row.error_message = texts_.emplace_back(std::move(message));
  }

  /// No list of names, and an empty one, ask for everything.
  static bool is_wanted(const resource& one, std::string_view name) {
    const auto& names = one.configuration_keys;
    return !names || names->empty() ||
           std::find(names->begin(), names->end(), name) != names->end();
  }

  void describe_topic(result_row& row, const resource& one) {
    if (!request_.may(operation::describe_configs, resource_kind::topic, one.resource_name)) {
      return refuse(row, wire_error::topic_authorization_failed,
                    "not allowed to see the settings of the topic");
    }
    if (auto problem = metadata::topic_name_problem(one.resource_name)) {
      return refuse(row, wire_error::invalid_topic_exception, std::move(*problem));
    }
    const auto* topic = request_.dispatch->image->find_topic(one.resource_name);
    if (topic == nullptr) {
      return refuse(row, wire_error::unknown_topic_or_partition, "");
    }
    const auto& defaults = request_.dispatch->broker().topic_defaults;
    const auto settings = metadata::effective_settings(topic->settings, defaults);
    row.configs.reserve(settings.size());
    for (const auto& setting : settings) {
      if (is_wanted(one, setting.definition->name)) {
        row.configs.push_back(topic_row(setting, *topic, defaults));
      }
    }
  }

  config_row topic_row(const metadata::effective_setting& setting, const metadata::topic& topic,
                       const metadata::setting_list& defaults) {
    const auto& definition = *setting.definition;
    config_row row;
    row.name = definition.name;
    if (!definition.is_sensitive) {
      row.value = shown(definition, setting.value);
    } else {
      row.value = std::nullopt;
    }
    row.config_source = static_cast<std::int8_t>(setting.source);
    row.is_sensitive = definition.is_sensitive;
    row.config_type = static_cast<std::int8_t>(definition.type);
    if (asked_.include_documentation) {
      row.documentation = definition.documentation;
    } else {
      row.documentation = std::nullopt;
    }
    if (asked_.include_synonyms && !definition.is_sensitive) {
      add_synonyms(row, definition, topic, defaults);
    }
    return row;
  }

  /// Where the value could come from, the strongest first: topic, broker, built in.
  void add_synonyms(config_row& row, const metadata::setting_definition& definition,
                    const metadata::topic& topic, const metadata::setting_list& defaults) {
    const auto add = [&](std::string_view name, std::string_view value,
                         metadata::setting_source source) {
      auto& synonym = row.synonyms.emplace_back();
      synonym.name = name;
      synonym.value = shown(definition, value);
      synonym.source = static_cast<std::int8_t>(source);
    };
    const auto broker_name =
        definition.broker_name.empty() ? definition.name : definition.broker_name;
    if (const auto* own = metadata::find_setting(topic.settings, definition.name)) {
      add(definition.name, *own, metadata::setting_source::topic);
    }
    if (const auto* given = metadata::find_setting(defaults, definition.name)) {
      add(broker_name, *given, metadata::setting_source::broker_default);
    }
    // Kafka's brokers have no such setting, or derive it.
    if (!definition.broker_name.empty() && !definition.has_derived_default) {
      add(broker_name, definition.default_value, metadata::setting_source::built_in);
    }
  }

  std::string_view shown(const metadata::setting_definition& definition, std::string_view value) {
    auto text = metadata::canonical_value(definition, value);
    return text == value ? value : std::string_view(texts_.emplace_back(std::move(text)));
  }

  void describe_broker(result_row& row, const resource& one) {
    if (!request_.may_on_cluster(operation::describe_configs)) {
      return refuse(row, wire_error::cluster_authorization_failed,
                    "not allowed to see the settings of the broker");
    }
    const auto& broker = request_.dispatch->broker();
    if (one.resource_name.empty()) {
      return;  // Defaults of all brokers that were changed at run time: there are none.
    }
    std::int32_t id = 0;
    const auto* end = one.resource_name.data() + one.resource_name.size();
    const auto [stopped, error] = std::from_chars(one.resource_name.data(), end, id);
    if (error != std::errc{} || stopped != end) {
      return refuse(row, wire_error::invalid_request,
                    "a broker id must be an integer, but it is: " + std::string(one.resource_name));
    }
    if (broker_id{id} != broker.id) {
      return refuse(row, wire_error::invalid_request,
                    "this is broker " + std::to_string(broker.id.value()) + ", asked was broker " +
                        std::string(one.resource_name));
    }
    row.configs.reserve(broker.broker_settings.size());
    for (const auto& setting : broker.broker_settings) {
      if (is_wanted(one, setting.name)) {
        row.configs.push_back(broker_row(setting));
      }
    }
  }

  config_row broker_row(const metadata::broker_setting& setting) const {
    config_row row;
    row.name = setting.name;
    const bool has_value = !setting.is_sensitive && !(setting.is_default && setting.value.empty());
    if (has_value) {
      row.value = setting.value;
    } else {
      row.value = std::nullopt;
    }
    row.read_only = true;
    row.config_source = setting.is_default ? default_source : static_broker_source;
    row.is_sensitive = setting.is_sensitive;
    row.config_type = static_cast<std::int8_t>(setting.type);
    if (asked_.include_documentation) {
      row.documentation = setting.documentation;
    } else {
      row.documentation = std::nullopt;
    }
    if (asked_.include_synonyms && has_value) {
      auto& synonym = row.synonyms.emplace_back();
      synonym.name = setting.name;
      synonym.value = setting.value;
      synonym.source = row.config_source;
    }
    return row;
  }

  const request_context& request_;
  const protocol::describe_configs_request& asked_;
  std::deque<std::string> texts_;
  repeated_names names_;
};

}  // namespace

void handle_describe_configs(request_context request) {
  const auto asked =
      protocol::decode<protocol::describe_configs_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  describe_configs_answer answer(request, *asked);
  auto response = answer.make();
  request.answer(response);
}

}  // namespace tidemill::api
