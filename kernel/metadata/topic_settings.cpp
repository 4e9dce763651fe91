#include "metadata/topic_settings.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/assert.hpp"
#include "base/suggestion.hpp"
#include "metadata/setting_values.hpp"

namespace tidemill::metadata {
namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

std::string joined(std::span<const std::string_view> parts, std::string_view between = ", ") {
  std::string text;
  for (const auto part : parts) {
    text.append(text.empty() ? "" : between).append(part);
  }
  return text;
}

/// What somebody sent, short and printable.
std::string shown(std::string_view value) {
  constexpr std::size_t size_max = 100;
  std::string text = "\"";
  for (const char character : value.substr(0, size_max)) {
    text += character >= ' ' && character < 0x7f ? character : '?';
  }
  return text + (value.size() > size_max ? "...\"" : "\"");
}

constexpr std::array<std::string_view, 2> broker_only_names{partition_count_setting,
                                                            replication_factor_setting};

std::string unknown_name(std::string_view name, std::span<const std::string_view> more_names) {
  std::vector<std::string_view> candidates(more_names.begin(), more_names.end());
  for (const auto& definition : topic_setting_definitions()) {
    candidates.push_back(definition.name);
  }
  const auto near = nearest(name, candidates);
  auto text = shown(name) + ": no such topic setting";
  return near ? text + ", did you mean " + std::string(*near) + "?" : text;
}

std::string problem_text(const setting_definition& definition, std::string_view value) {
  return std::string(definition.name) + ": found " + shown(value) + ", expected " +
         valid_values(definition);
}

std::string not_honoured_text(const setting_definition& definition, std::string_view value) {
  const bool only_empty = definition.honoured.size() == 1 && definition.honoured.front().empty();
  return std::string(definition.name) + ": " + shown(value) +
         " is not supported by this broker, only " +
         (only_empty ? "an empty value" : joined(definition.honoured)) + " can be set";
}

const setting_definition* find_by_any_name(std::string_view name) noexcept {
  if (const auto* definition = find_topic_setting(name)) {
    return definition;
  }
  const auto definitions = topic_setting_definitions();
  const auto found = std::ranges::find(definitions, name, &setting_definition::broker_name);
  return found != definitions.end() && !name.empty() ? &*found : nullptr;
}

std::optional<std::string> value_problem(const setting_definition& definition,
                                         std::string_view value) {
  if (!is_valid(definition, value)) {
    return problem_text(definition, value);
  }
  if (!can_be_honoured(definition, value)) {
    return not_honoured_text(definition, value);
  }
  return std::nullopt;
}

}  // namespace

const setting_definition* find_topic_setting(std::string_view name) noexcept {
  const auto definitions = topic_setting_definitions();
  const auto found = std::ranges::lower_bound(definitions, name, {}, &setting_definition::name);
  return found != definitions.end() && found->name == name ? &*found : nullptr;
}

std::string valid_values(const setting_definition& definition) {
  const auto low = std::to_string(definition.value_min);
  const auto high = std::to_string(definition.value_max);
  std::string text;
  switch (definition.type) {
    case setting_type::boolean:
      return "true or false";
    case setting_type::text:
      return definition.names_extension
                 ? "the name of an extension (letters, digits, '-' and '_', at most 64), "
                   "lua:FILE, or nothing"
                 : "one of " + joined(definition.choices);
    case setting_type::list:
      return definition.choices.empty() ? "a list of partition:broker, or *"
                                        : "a list of " + joined(definition.choices);
    case setting_type::float64:
      return "a number from " + low + " to " + high;
    case setting_type::int32:
      text = "an integer from " + low + " to " + high;
      break;
    case setting_type::int64:
      text = definition.value_min == std::numeric_limits<std::int64_t>::min()
                 ? "an integer"
                 : "an integer >= " + low;
      break;
  }
  if (definition.name == "compression.gzip.level") {
    text = "-1 or an integer from 1 to " + high;
  }
  return definition.unit.empty() ? text : text + " (" + std::string(definition.unit) + ")";
}

std::string canonical_value(const setting_definition& definition, std::string_view value) {
  switch (definition.type) {
    case setting_type::boolean:
      return parse_boolean(value).value_or(false) ? "true" : "false";
    case setting_type::int32:
    case setting_type::int64:
      return std::to_string(parse_number<std::int64_t>(value).value_or(0));
    case setting_type::float64:
      return float_text(parse_float(value).value_or(0));
    case setting_type::list:
      return joined(elements(value), ",");
    case setting_type::text:
      break;
  }
  return std::string(trimmed(value));
}

std::optional<std::string_view> canonical_default_name(std::string_view name) noexcept {
  if (const auto* definition = find_by_any_name(name)) {
    return definition->name;
  }
  const auto found = std::ranges::find(broker_only_names, name);
  return found != broker_only_names.end() ? std::optional(*found) : std::nullopt;
}

std::optional<std::string> topic_setting_problem(std::string_view name, std::string_view value) {
  const auto* definition = find_topic_setting(name);
  return definition != nullptr ? value_problem(*definition, value)
                               : std::optional(unknown_name(name, {}));
}

std::optional<std::string> extension_problem(std::string_view name, std::string_view value,
                                             const extension_catalog* catalog) {
  const auto* definition = find_topic_setting(name);
  const std::string_view extension = trimmed(value);
  if (definition == nullptr || !definition->names_extension || extension.empty()) {
    return std::nullopt;
  }
  auto problem = catalog == nullptr ? std::optional<std::string>("this broker has no extensions")
                                    : catalog->problem_with(name, extension);
  if (problem) {
    *problem = std::string(name) + ": " + *problem;
  }
  return problem;
}

std::optional<std::string> topic_default_problem(std::string_view name, std::string_view value) {
  if (const auto* definition = find_by_any_name(name)) {
    return value_problem(*definition, value);
  }
  const auto number = parse_number<std::int32_t>(value);
  const auto high = name == partition_count_setting ? std::numeric_limits<std::int32_t>::max()
                                                    : std::numeric_limits<std::int16_t>::max();
  if (std::ranges::find(broker_only_names, name) == broker_only_names.end()) {
    return unknown_name(name, broker_only_names);
  }
  if (!number || *number < 1 || *number > high) {
    return std::string(name) + ": found " + shown(value) + ", expected an integer from 1 to " +
           std::to_string(high);
  }
  return std::nullopt;
}

namespace {

/// Reads typed values, the topic's own before the broker's before the built-in one.
class setting_reader {
 public:
  setting_reader(const setting_list& overrides, const setting_list& defaults) noexcept
      : overrides_(overrides), defaults_(defaults) {}

  [[nodiscard]] effective_setting effective(const setting_definition& definition) const {
    const auto* own = find_setting(overrides_, definition.name);
    if (own != nullptr && is_valid(definition, *own)) {
      return {&definition, *own, setting_source::topic};
    }
    const auto* given = find_setting(defaults_, definition.name);
    if (given != nullptr && is_valid(definition, *given)) {
      return {&definition, *given, setting_source::broker_default};
    }
    return {&definition, definition.default_value, setting_source::built_in};
  }
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const auto* definition = find_topic_setting(name);
    TIDEMILL_ASSERT(definition != nullptr);
    return effective(*definition).value;
  }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    const auto value = parse_number<std::int64_t>(text(name));
    TIDEMILL_ASSERT(value.has_value());
    return *value;
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    return parse_boolean(text(name)).value_or(false);
  }
  /// nullopt where the setting says that there is no limit.
  [[nodiscard]] std::optional<std::int64_t> limit(std::string_view name) const {
    const auto value = number(name);
    return value < 0 || value == int64_max ? std::nullopt : std::optional(value);
  }

 private:
  const setting_list& overrides_;
  const setting_list& defaults_;
};

/// nullopt for "producer".
std::optional<record::wanted_compression> wanted_compression(const setting_reader& settings) {
  using record::compression_type;
  const auto type = trimmed(settings.text("compression.type"));
  const auto at_level = [&](compression_type codec, std::string_view name) {
    const auto level = static_cast<std::int32_t>(settings.number(name));
    const bool is_own = codec == compression_type::gzip && level == -1;
    return record::wanted_compression{codec, is_own ? std::nullopt : std::optional(level)};
  };
  if (type == "gzip") {
    return at_level(compression_type::gzip, "compression.gzip.level");
  }
  if (type == "lz4") {
    return at_level(compression_type::lz4, "compression.lz4.level");
  }
  if (type == "zstd") {
    return at_level(compression_type::zstd, "compression.zstd.level");
  }
  if (type == "snappy") {
    return record::wanted_compression{compression_type::snappy, std::nullopt};
  }
  return type == "uncompressed" ? std::optional(record::wanted_compression{}) : std::nullopt;
}

}  // namespace

std::optional<std::string> contradiction(const setting_list& overrides,
                                         const setting_list& defaults) {
  const setting_reader settings(overrides, defaults);
  const auto least = settings.number("min.compaction.lag.ms");
  const auto most = settings.number("max.compaction.lag.ms");
  if (least > most) {
    return "min.compaction.lag.ms (" + std::to_string(least) +
           ") is greater than max.compaction.lag.ms (" + std::to_string(most) + ")";
  }
  const auto mode = trimmed(settings.text("tidemill.partitioner.mode"));
  if (mode != "client" && trimmed(settings.text("tidemill.partitioner")).empty()) {
    return "tidemill.partitioner.mode is " + std::string(mode) +
           ", but tidemill.partitioner names nobody to verify with";
  }
  return std::nullopt;
}

topic_settings resolve(const setting_list& overrides, const setting_list& defaults) {
  const setting_reader settings(overrides, defaults);
  topic_settings resolved;
  resolved.segment_bytes = settings.number("segment.bytes");
  resolved.segment_ms = settings.number("segment.ms");
  resolved.segment_jitter_ms = settings.number("segment.jitter.ms");
  resolved.segment_index_bytes = settings.number("segment.index.bytes");
  resolved.index_interval_bytes = settings.number("index.interval.bytes");
  const auto policies = settings.text("cleanup.policy");
  resolved.deletes = policies.find("delete") != std::string_view::npos;
  resolved.compacts = policies.find("compact") != std::string_view::npos;
  resolved.dirty_ratio_min = parse_float(settings.text("min.cleanable.dirty.ratio")).value_or(0);
  resolved.compaction_lag_min_ms = settings.number("min.compaction.lag.ms");
  resolved.compaction_lag_max_ms = settings.limit("max.compaction.lag.ms");
  resolved.retention_bytes = resolved.deletes ? settings.limit("retention.bytes") : std::nullopt;
  resolved.retention_ms = resolved.deletes ? settings.limit("retention.ms") : std::nullopt;
  resolved.flush_messages = settings.limit("flush.messages");
  resolved.flush_ms = settings.limit("flush.ms");
  resolved.max_message_bytes = settings.number("max.message.bytes");
  resolved.timestamp_type = trimmed(settings.text("message.timestamp.type")) == "LogAppendTime"
                                ? message_timestamp_type::log_append_time
                                : message_timestamp_type::create_time;
  resolved.timestamp_before_max_ms = settings.limit("message.timestamp.before.max.ms");
  resolved.timestamp_after_max_ms = settings.limit("message.timestamp.after.max.ms");
  resolved.min_in_sync_replicas = static_cast<std::int32_t>(settings.number("min.insync.replicas"));
  resolved.unclean_leader_election = settings.flag("unclean.leader.election.enable");
  resolved.validation = trimmed(settings.text("tidemill.validation.depth")) == "header"
                            ? validation_depth::header
                            : validation_depth::full;
  resolved.compression = wanted_compression(settings);
  resolved.delete_retention_ms = settings.number("delete.retention.ms");
  resolved.partitioner = trimmed(settings.text("tidemill.partitioner"));
  const auto mode = trimmed(settings.text("tidemill.partitioner.mode"));
  resolved.partitioning = mode == "verify-warn"     ? partitioner_mode::verify_warn
                          : mode == "verify-reject" ? partitioner_mode::verify_reject
                                                    : partitioner_mode::client;
  resolved.retention_extension = trimmed(settings.text("tidemill.retention"));
  resolved.validate_extension = trimmed(settings.text("tidemill.validate"));
  return resolved;
}

std::vector<effective_setting> effective_settings(const setting_list& overrides,
                                                  const setting_list& defaults) {
  const setting_reader settings(overrides, defaults);
  std::vector<effective_setting> all;
  all.reserve(topic_setting_definitions().size());
  for (const auto& definition : topic_setting_definitions()) {
    all.push_back(settings.effective(definition));
  }
  return all;
}

}  // namespace tidemill::metadata
