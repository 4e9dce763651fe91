#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_function.hpp"
#include "metadata/topic.hpp"
#include "record/recompression.hpp"

namespace tidemill::metadata {

/// The values are those of the wire (DescribeConfigs, config_type).
enum class setting_type : std::int8_t {
  boolean = 1,
  text = 2,
  int32 = 3,
  int64 = 5,
  float64 = 6,
  list = 7
};

/// Where an effective value comes from; the values are those of the wire (config_source).
enum class setting_source : std::int8_t {
  topic = 1,           ///< set on the topic
  broker_default = 4,  ///< [topic_defaults] of the broker's configuration
  built_in = 5
};

/// One setting that a topic can have. All are read when a topic is made and may change while it
/// lives.
struct setting_definition {
  std::string_view name;
  setting_type type = setting_type::text;
  std::string_view default_value;
  /// The name of the broker-level setting that gives the default in Kafka; empty when there is
  /// none.
  std::string_view broker_name;
  /// "milliseconds", "bytes" or empty.
  std::string_view unit;
  /// Bounds of numbers, both inclusive.
  std::int64_t value_min = 0;
  std::int64_t value_max = 0;
  /// What a text or each element of a list may be.
  std::span<const std::string_view> choices;
  /// Of the valid values, the only ones that can be honoured so far; empty: all can. The others are
  /// refused, never ignored.
  std::span<const std::string_view> honoured;
  std::string_view documentation;
  bool is_sensitive = false;
  /// A text that names an extension, or is empty; which names there are an extension_catalog says.
  bool names_extension = false;
  /// Kafka's brokers have no default under broker_name, they derive it from other settings
  /// (retention.ms from log.retention.hours): it is not shown as a synonym.
  bool has_derived_default = false;
};

/// All settings of Kafka 4.3 that a topic can have and Tidemill's own (tidemill.*), ordered by
/// name.
[[nodiscard]] std::span<const setting_definition> topic_setting_definitions() noexcept;
/// nullptr when there is no setting of that name. Names are case-sensitive.
[[nodiscard]] const setting_definition* find_topic_setting(std::string_view name) noexcept;

/// A valid value as Kafka shows it: without blanks around it, "+5" and "05" as "5", "TRUE" as
/// "true",
/// ".5" as "0.5", "a , b" as "a,b".
[[nodiscard]] std::string canonical_value(const setting_definition& definition,
                                          std::string_view value);

/// The values that a setting takes, for people: "an integer >= -1 (milliseconds)".
[[nodiscard]] std::string valid_values(const setting_definition& definition);

/// What the broker gives to topics that don't say: the keys of [topic_defaults] are the topic
/// settings, num.partitions and default.replication.factor, each also by the name that the setting
/// has on Kafka's brokers (log.retention.ms for retention.ms). Returns the name used from then on;
/// nullopt when unknown.
[[nodiscard]] std::optional<std::string_view> canonical_default_name(
    std::string_view name) noexcept;
inline constexpr std::string_view partition_count_setting = "num.partitions";
inline constexpr std::string_view replication_factor_setting = "default.replication.factor";

/// nullopt when the setting exists and takes that value, else one sentence for the user:
///   retention.ms: found "abc", expected an integer >= -1 (milliseconds)
///   retention.mss: no such topic setting, did you mean retention.ms?
[[nodiscard]] std::optional<std::string> topic_setting_problem(std::string_view name,
                                                               std::string_view value);
/// The same for a key of [topic_defaults], in any of its names.
[[nodiscard]] std::optional<std::string> topic_default_problem(std::string_view name,
                                                               std::string_view value);
/// Which extensions the settings of topics may name; the server knows.
class extension_catalog {
 public:
  virtual ~extension_catalog() = default;
  /// What is wrong with naming `extension` in this setting, without the setting's name, and what
  /// there is; nullopt when nothing is. The loop of the controller.
  [[nodiscard]] virtual std::optional<std::string> problem_with(
      std::string_view setting, std::string_view extension) const = 0;

  /// A look for extensions that may have come since the last one, before problem_with() judges: for
  /// names that a look could find. `done` runs on the loop of the controller.
  [[nodiscard]] virtual bool is_worth_a_look(std::string_view extension) const {
    static_cast<void>(extension);
    return false;
  }
  virtual void look(unique_function<void()> done) const { done(); }
};
/// Asks the catalog (nullptr: there are no extensions) about a setting that names one. Settings
/// that name none, and empty values, are fine.
[[nodiscard]] std::optional<std::string> extension_problem(std::string_view name,
                                                           std::string_view value,
                                                           const extension_catalog* catalog);

/// What is wrong with settings that are fine one by one but contradict each other, defaults
/// included; nullopt when nothing is.
[[nodiscard]] std::optional<std::string> contradiction(const setting_list& overrides,
                                                       const setting_list& defaults);

/// How deep record batches are checked before they are appended.
enum class validation_depth : std::uint8_t { header, full };
/// tidemill.partitioner.mode
enum class partitioner_mode : std::uint8_t { client, verify_warn, verify_reject };
enum class message_timestamp_type : std::uint8_t { create_time, log_append_time };

/// What a topic runs with: every setting that something in the broker obeys. Milliseconds and bytes
/// as in the settings; nullopt is "no limit". The defaults are the built-in ones.
struct topic_settings {
  std::int64_t segment_bytes = 1073741824;
  std::int64_t segment_ms = 604800000;
  std::int64_t segment_jitter_ms = 0;
  std::int64_t segment_index_bytes = 10485760;
  std::int64_t index_interval_bytes = 4096;

  /// cleanup.policy; neither: everything stays.
  bool deletes = true;
  bool compacts = false;
  double dirty_ratio_min = 0.5;
  std::int64_t compaction_lag_min_ms = 0;
  /// nullopt: any time.
  std::optional<std::int64_t> compaction_lag_max_ms;

  std::optional<std::int64_t> retention_bytes;
  std::optional<std::int64_t> retention_ms = 604800000;

  /// nullopt: left to the operating system. 1 acknowledges after the sync, as durability = "fsync".
  std::optional<std::int64_t> flush_messages;
  std::optional<std::int64_t> flush_ms;

  std::int64_t max_message_bytes = 1048588;
  message_timestamp_type timestamp_type = message_timestamp_type::create_time;
  /// nullopt: any time.
  std::optional<std::int64_t> timestamp_before_max_ms;
  std::optional<std::int64_t> timestamp_after_max_ms = 3600000;

  std::int32_t min_in_sync_replicas = 1;
  bool unclean_leader_election = false;
  validation_depth validation = validation_depth::full;
  /// nullopt: as the producer sent it.
  std::optional<record::wanted_compression> compression;

  std::int64_t delete_retention_ms = 86400000;
  /// Names of extensions; empty: none.
  std::string partitioner;
  partitioner_mode partitioning = partitioner_mode::client;
  std::string retention_extension;
  std::string validate_extension;

  friend bool operator==(const topic_settings&, const topic_settings&) = default;
};

/// Topic override, else the broker's default, else built in. Both lists hold canonical names and
/// have been checked; a value that does not parse counts as not set (a newer version wrote it).
[[nodiscard]] topic_settings resolve(const setting_list& overrides, const setting_list& defaults);

/// The value of one setting and where it comes from. `value` borrows from the lists or the table.
struct effective_setting {
  const setting_definition* definition = nullptr;
  std::string_view value;
  setting_source source = setting_source::built_in;
};
/// All settings, ordered by name, as DescribeConfigs and CreateTopics show them.
[[nodiscard]] std::vector<effective_setting> effective_settings(const setting_list& overrides,
                                                                const setting_list& defaults);

/// A setting of the broker itself, as DescribeConfigs(BROKER) shows it: read-only, named by the
/// server, which knows them.
struct broker_setting {
  std::string name;
  std::string value;
  setting_type type = setting_type::text;
  std::string documentation;
  bool is_default = true;
  bool is_sensitive = false;
};

}  // namespace tidemill::metadata
