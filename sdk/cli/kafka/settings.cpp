#include "kafka/settings.hpp"

#include <algorithm>

#include "kafka/admin_call.hpp"

namespace tidemill::cli {
namespace {

struct resource_destroyer {
  void operator()(rd_kafka_ConfigResource_t* resource) const noexcept {
    rd_kafka_ConfigResource_destroy(resource);
  }
};

const char* source_of(rd_kafka_ConfigSource_t source) noexcept {
  switch (source) {
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG:
      return "topic";
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG:
      return "broker, dynamic";
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG:
      return "all brokers, dynamic";
    case RD_KAFKA_CONFIG_SOURCE_STATIC_BROKER_CONFIG:
      return "broker";
    case RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG:
      return "default";
    case RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG:
    case RD_KAFKA_CONFIG_SOURCE__CNT:
      break;
  }
  return "unknown";
}

setting setting_of(const rd_kafka_ConfigEntry_t* entry) {
  const char* const value = rd_kafka_ConfigEntry_value(entry);
  return {rd_kafka_ConfigEntry_name(entry),
          value == nullptr ? "" : value,
          source_of(rd_kafka_ConfigEntry_source(entry)),
          rd_kafka_ConfigEntry_is_default(entry) > 0,
          rd_kafka_ConfigEntry_is_read_only(entry) > 0,
          rd_kafka_ConfigEntry_is_sensitive(entry) > 0};
}

}  // namespace

outcome<std::vector<setting>> settings_of(const client& brokers, wire::resource_type type,
                                          const std::string& name) {
  const auto kind =
      type == wire::resource_type::topic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_BROKER;
  const std::unique_ptr<rd_kafka_ConfigResource_t, resource_destroyer> wanted(
      rd_kafka_ConfigResource_new(kind, name.c_str()));
  rd_kafka_ConfigResource_t* asked = wanted.get();
  const std::string doing =
      (type == wire::resource_type::topic ? "settings of topic " : "settings of broker ") + name;
  const auto event = ask(brokers, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, doing,
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_DescribeConfigs(handle, &asked, 1, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  if (count != 1) {
    return problem{doing + ": the broker answers for " + std::to_string(count) + " resources", ""};
  }
  if (const auto failed = rd_kafka_ConfigResource_error(resources[0]);
      failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* const said = rd_kafka_ConfigResource_error_string(resources[0]);
    return problem_of_code(doing, failed, said == nullptr ? "" : said);
  }
  std::size_t entry_count = 0;
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &entry_count);
  std::vector<setting> all;
  for (std::size_t at = 0; at < entry_count; ++at) {
    all.push_back(setting_of(entries[at]));
  }
  std::ranges::sort(all, {}, &setting::name);
  return all;
}

outcome<std::vector<wire::setting_change>> changes_of(const std::vector<std::string>& assignments,
                                                      const std::vector<std::string>& unset) {
  using operation = wire::setting_change::operation;
  std::vector<wire::setting_change> changes;
  for (const std::string& text : assignments) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return problem{"found '" + text + "', expected KEY=VALUE", "for example retention.ms=3600000",
                     2};
    }
    const char sign = text[equals - 1];
    const operation what = sign == '+'   ? operation::append
                           : sign == '-' ? operation::subtract
                                         : operation::set;
    const std::size_t name_end = what == operation::set ? equals : equals - 1;
    changes.push_back({text.substr(0, name_end), what, text.substr(equals + 1)});
  }
  for (const std::string& name : unset) {
    changes.push_back({name, operation::unset, std::nullopt});
  }
  return changes;
}

outcome<void> alter_settings(const connection& where, wire::resource_type type,
                             const std::string& name,
                             const std::vector<wire::setting_change>& changes, bool validate_only) {
  const auto first = reachable_endpoint(where);
  if (!first) {
    return first.error();
  }
  return wire::alter_settings(where, *first, type, name, changes, validate_only);
}

}  // namespace tidemill::cli
