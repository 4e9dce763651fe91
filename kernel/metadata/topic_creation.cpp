#include "metadata/topic_creation.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "metadata/replica_placement.hpp"
#include "metadata/topic_name.hpp"

namespace tidemill::metadata {
namespace {

refusal refuse(errc error, std::string message) {
  return {make_error_code(error), std::move(message)};
}

std::string number(broker_id id) {
  return std::to_string(id.value());
}

}  // namespace

topic_creation::topic_creation(const controller_options& options, image_builder& expected,
                               io::random& random)
    : options_(options), expected_(expected), random_(random) {}

outcome<created_topic> topic_creation::add(const new_topic& asked) {
  TIDEMILL_TRY(check_name(asked.name));
  TIDEMILL_TRY_ASSIGN(replicas, replicas_of(asked));
  TIDEMILL_TRY(check_limits(replicas.size()));
  TIDEMILL_TRY_ASSIGN(settings, settings_of(asked));

  created_topic made;
  made.id = new_id();
  made.partition_count = static_cast<std::int32_t>(replicas.size());
  made.replication_factor = static_cast<std::int16_t>(replicas.front().size());
  note(topic_record{asked.name, made.id});
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    partition_record added{made.id, partition_index{static_cast<std::int32_t>(i)}, {}};
    added.state.leader = replicas[i].front();
    added.state.in_sync_replicas = replicas[i];
    added.state.replicas = std::move(replicas[i]);
    note(std::move(added));
  }
  for (const auto& [name, value] : settings) {
    note(topic_setting_record{made.id, name, value});
  }
  partitions_made_ += replicas.size();
  made.settings = std::move(settings);
  return made;
}

outcome<void> topic_creation::check_name(const std::string& name) const {
  if (auto problem = topic_name_problem(name)) {
    return refuse(errc::topic_name_invalid, std::move(*problem));
  }
  if (is_reserved_topic_name(name)) {
    return refuse(errc::request_invalid, "Creation of internal topic " + name + " is prohibited.");
  }
  if (expected_.so_far().find_topic(name) != nullptr) {
    return refuse(errc::topic_already_exists, "Topic '" + name + "' already exists.");
  }
  if (const auto* colliding = expected_.so_far().find_colliding_topic(name)) {
    return refuse(errc::topic_name_invalid,
                  "Topic '" + name + "' collides with existing topic: " + colliding->name);
  }
  return {};
}

outcome<topic_creation::replica_lists> topic_creation::replicas_of(const new_topic& asked) {
  if (asked.assignments.empty()) {
    return placed_replicas(asked);
  }
  if (asked.replication_factor) {
    return refuse(errc::request_invalid,
                  "With a manual partition assignment the replication factor must be -1.");
  }
  if (asked.partition_count) {
    return refuse(errc::request_invalid,
                  "With a manual partition assignment the number of partitions must be -1.");
  }
  return manual_replicas(asked);
}

outcome<topic_creation::replica_lists> topic_creation::placed_replicas(const new_topic& asked) {
  const auto partition_count = asked.partition_count.value_or(options_.default_partition_count);
  const auto replication_factor =
      asked.replication_factor.value_or(options_.default_replication_factor);
  if (replication_factor < 1) {
    return refuse(errc::replication_factor_invalid,
                  "Replication factor must be larger than 0, or -1 to use the default value.");
  }
  if (partition_count < 1) {
    return refuse(errc::partition_count_invalid,
                  "Number of partitions must be larger than 0, or -1 to use the default value.");
  }
  TIDEMILL_TRY(check_limits(static_cast<std::size_t>(partition_count)));
  std::vector<placement_candidate> candidates;
  for (const auto& each : expected_.so_far().brokers()) {
    candidates.push_back({each->id, each->rack});
  }
  auto placed = place_replicas({static_cast<std::size_t>(partition_count),
                                static_cast<std::size_t>(replication_factor), random_.next()},
                               candidates);
  if (!placed) {
    return refuse(errc::replication_factor_invalid,
                  "Unable to replicate the partitions " + std::to_string(replication_factor) +
                      " time(s): only " + std::to_string(candidates.size()) +
                      " broker(s) are registered.");
  }
  return std::move(*placed);
}

outcome<topic_creation::replica_lists> topic_creation::manual_replicas(
    const new_topic& asked) const {
  TIDEMILL_TRY(check_limits(asked.assignments.size()));
  replica_lists lists(asked.assignments.size());
  const auto width = asked.assignments.front().replicas.size();
  for (const auto& [index, replicas] : asked.assignments) {
    const auto position = static_cast<std::size_t>(index.value());
    if (index.value() < 0 || position >= lists.size()) {
      return refuse(errc::replica_assignment_invalid,
                    "The partitions of a manual assignment must be numbered from 0 without gaps.");
    }
    if (!lists[position].empty()) {
      return refuse(
          errc::replica_assignment_invalid,
          "There are several manual assignments for partition " + std::to_string(position) + ".");
    }
    TIDEMILL_TRY(check_manual_replicas(replicas, expected_.so_far()));
    if (replicas.size() != width) {
      return refuse(errc::replica_assignment_invalid,
                    "The manual assignment gives some partitions " + std::to_string(width) +
                        " replica(s), others " + std::to_string(replicas.size()) + ".");
    }
    lists[position] = replicas;
  }
  return lists;
}

outcome<void> check_manual_replicas(const std::vector<broker_id>& replicas, const image& in) {
  if (replicas.empty()) {
    return refuse(errc::replica_assignment_invalid,
                  "The manual partition assignment includes an empty replica list.");
  }
  auto sorted = replicas;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    return refuse(errc::replica_assignment_invalid,
                  "The manual partition assignment includes the broker " + number(*twice) +
                      " more than once.");
  }
  for (const auto id : sorted) {
    if (in.find_broker(id) == nullptr) {
      return refuse(errc::replica_assignment_invalid,
                    "The manual partition assignment includes broker " + number(id) +
                        ", but no such broker is registered.");
    }
  }
  return {};
}

outcome<void> topic_creation::check_limits(std::size_t partition_count) const {
  const auto& limits = options_.limits;
  if (partitions_made_ + partition_count > limits.partitions_per_request) {
    return refuse(errc::limit_reached, "One request may create at most " +
                                           std::to_string(limits.partitions_per_request) +
                                           " partitions.");
  }
  if (expected_.so_far().topic_count() + 1 > limits.topics) {
    return refuse(errc::limit_reached,
                  "The cluster may hold at most " + std::to_string(limits.topics) + " topics.");
  }
  if (expected_.so_far().partition_count() + partition_count > limits.partitions) {
    return refuse(errc::limit_reached, "The cluster may hold at most " +
                                           std::to_string(limits.partitions) + " partitions.");
  }
  return {};
}

outcome<setting_list> topic_creation::settings_of(const new_topic& asked) const {
  std::vector<setting_change> changes;
  changes.reserve(asked.settings.size());
  for (const auto& [name, value] : asked.settings) {
    if (!value) {
      return refuse(errc::setting_invalid, "Null value not supported for topic configs: " + name);
    }
    changes.push_back({name, value, setting_change::operation::set});
  }
  return changed_settings(asked.own_settings, asked.own_settings, changes, options_);
}

topic_id topic_creation::new_id() {
  // 122 random bits: a second draw has never been needed, more would mean a broken source.
  constexpr int draws_max = 16;
  topic_id id;
  for (int draw = 0; draw < draws_max; ++draw) {
    const auto high = random_.next();
    id = make_random_uuid(high, random_.next());
    if (expected_.so_far().find_topic(id) == nullptr) {
      return id;
    }
  }
  TIDEMILL_ASSERT(expected_.so_far().find_topic(id) == nullptr);
  return id;
}

void topic_creation::note(metadata_record change) {
  const auto& noted = records_.emplace_back(std::move(change));
  const auto applied = expected_.apply(noted, expected_.so_far().index());
  TIDEMILL_ASSERT(applied.has_value());
}

namespace {

std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> elements;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view element = list.substr(0, comma);
    while (element.starts_with(' ')) {
      element.remove_prefix(1);
    }
    while (element.ends_with(' ')) {
      element.remove_suffix(1);
    }
    if (!element.empty()) {
      elements.emplace_back(element);
    }
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return elements;
}

/// The value of a list after an append or a subtraction.
outcome<std::string> changed_list(const setting_list& settings, const setting_list& defaults,
                                  const setting_change& change) {
  const auto* definition = find_topic_setting(change.name);
  if (definition == nullptr) {
    return refuse(errc::setting_invalid,
                  topic_setting_problem(change.name, "").value_or(change.name));
  }
  if (definition->type != setting_type::list) {
    return refuse(errc::setting_invalid,
                  change.name + ": only lists can be appended to and subtracted from");
  }
  std::string_view now;
  const auto effective = effective_settings(settings, defaults);
  for (const effective_setting& each : effective) {
    now = each.definition == definition ? each.value : now;
  }
  std::vector<std::string> elements = elements_of(now);
  for (std::string& each : elements_of(change.value.value_or(""))) {
    const auto found = std::ranges::find(elements, each);
    if (change.how == setting_change::operation::subtract) {
      elements.erase(found, found == elements.end() ? found : std::next(found));
    } else if (found == elements.end()) {
      elements.push_back(std::move(each));
    }
  }
  std::string joined;
  for (const std::string& each : elements) {
    joined += (joined.empty() ? "" : ",") + each;
  }
  return joined;
}

bool stands_there(const setting_list& settings, std::string_view name, std::string_view value) {
  const auto place = std::ranges::lower_bound(settings, name, {}, &setting::name);
  return place != settings.end() && place->name == name && place->value == value;
}

}  // namespace

outcome<setting_list> changed_settings(setting_list settings, const setting_list& before,
                                       const std::vector<setting_change>& changes,
                                       const controller_options& options) {
  for (const auto& [name, given, how] : changes) {
    std::optional<std::string> value = given;
    if (how != setting_change::operation::set) {
      auto list = changed_list(settings, options.topic_defaults, {name, given, how});
      if (!list) {
        return list.error();
      }
      value = std::move(*list);
    }
    const auto place = std::ranges::lower_bound(settings, name, {}, &setting::name);
    const bool exists = place != settings.end() && place->name == name;
    if (!value) {
      if (exists) {
        settings.erase(place);
      } else if (find_topic_setting(name) == nullptr) {
        return refuse(errc::setting_invalid, topic_setting_problem(name, "").value_or(name));
      }
      continue;
    }
    if (auto problem = topic_setting_problem(name, *value)) {
      return refuse(errc::setting_invalid, std::move(*problem));
    }
    auto problem = stands_there(before, name, *value)
                       ? std::nullopt
                       : extension_problem(name, *value, options.extensions);
    if (problem) {
      return refuse(errc::setting_invalid, std::move(*problem));
    }
    if (value->size() > setting_value_size_max) {
      return refuse(errc::setting_invalid,
                    name + ": the value has " + std::to_string(value->size()) + " bytes, at most " +
                        std::to_string(setting_value_size_max) + " are allowed");
    }
    if (exists) {
      place->value = *value;
    } else {
      settings.insert(place, setting{name, *value});
    }
  }
  if (auto problem = contradiction(settings, options.topic_defaults)) {
    return refuse(errc::setting_invalid, std::move(*problem));
  }
  return settings;
}

}  // namespace tidemill::metadata
