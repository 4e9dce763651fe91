#include "kafka/cluster_view.hpp"
#include "kafka/offsets.hpp"
#include "kafka/settings.hpp"
#include "kafka/wire/log_directories.hpp"
#include "terminal/style.hpp"
#include "terminal/table.hpp"
#include "terminal/units.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_topic {
  connection where;
  std::string name;
  bool all_settings = false;
};

/// All that is told of a topic.
struct description {
  cluster_view view;
  offset_map starts;
  offset_map ends;
  /// On the leader; empty where the broker does not say.
  offset_map sizes;
  std::vector<setting> settings;
};

outcome<description> describe(const wanted_topic& wanted) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    return brokers.error();
  }
  auto view = view_topic(*brokers, wanted.name);
  if (!view) {
    return view.error();
  }
  description made{std::move(*view), {}, {}, {}, {}};
  std::vector<topic_partition> led;
  for (const auto& partition : made.view.topics.front().partitions) {
    if (partition.leader >= 0) {
      led.push_back({wanted.name, partition.index});
    }
  }
  auto starts = offsets_at(*brokers, led, at_start);
  auto ends = starts ? offsets_at(*brokers, led, at_end) : starts;
  if (!ends) {
    return ends.error();
  }
  auto settings = settings_of(*brokers, wire::resource_type::topic, wanted.name);
  if (!settings) {
    return settings.error();
  }
  made.starts = std::move(*starts);
  made.ends = std::move(*ends);
  made.settings = std::move(*settings);
  for (const auto& broker : made.view.brokers) {
    // Sizes are a kindness: a topic is described without them where a broker will not tell.
    const auto found =
        wire::partition_sizes(wanted.where, {broker.host, std::to_string(broker.port)});
    for (const auto& partition : made.view.topics.front().partitions) {
      if (found && partition.leader == broker.id) {
        const auto size = found->find({wanted.name, partition.index});
        if (size != found->end()) {
          made.sizes.insert(*size);
        }
      }
    }
  }
  return made;
}

std::string ids_text(const std::vector<std::int32_t>& ids) {
  std::string text;
  for (const std::int32_t id : ids) {
    text += (text.empty() ? "" : ",") + std::to_string(id);
  }
  return text;
}

std::int64_t value_in(const offset_map& map, const topic_partition& where) {
  const auto found = map.find(where);
  return found == map.end() ? -1 : found->second;
}

std::string number_text(std::int64_t value) {
  return value < 0 ? "-" : std::to_string(value);
}

boost::json::object json_of(const description& all, const cluster_view::partition& one) {
  const topic_partition where{all.view.topics.front().name, one.index};
  return {{"partition", one.index},
          {"leader", one.leader},
          {"replicas", boost::json::value_from(one.replicas)},
          {"in_sync", boost::json::value_from(one.in_sync)},
          {"start_offset", value_in(all.starts, where)},
          {"end_offset", value_in(all.ends, where)},
          {"size_bytes", value_in(all.sizes, where)}};
}

std::string partitions_text(const description& all) {
  using enum table::align;
  table shown({{"PARTITION", right},
               {"LEADER", right},
               {"REPLICAS"},
               {"IN SYNC"},
               {"START", right},
               {"END", right},
               {"RECORDS", right},
               {"SIZE", right}});
  for (const auto& one : all.view.topics.front().partitions) {
    const topic_partition where{all.view.topics.front().name, one.index};
    const std::int64_t start = value_in(all.starts, where);
    const std::int64_t end = value_in(all.ends, where);
    const std::int64_t size = value_in(all.sizes, where);
    shown.add({std::to_string(one.index),
               one.leader < 0 ? shaded("none", shade::bad) : std::to_string(one.leader),
               ids_text(one.replicas), ids_text(one.in_sync), number_text(start), number_text(end),
               start < 0 || end < 0 ? "-" : count_text(end - start),
               size < 0 ? "-" : size_text(static_cast<std::uint64_t>(size))});
  }
  return shown.text();
}

void show(const description& all, const wanted_topic& wanted, output& out) {
  boost::json::array partitions;
  for (const auto& one : all.view.topics.front().partitions) {
    partitions.push_back(json_of(all, one));
  }
  boost::json::object settings;
  table shown({{"SETTING"}, {"VALUE"}, {"FROM"}});
  for (const setting& one : all.settings) {
    if (wanted.all_settings || one.source == "topic") {
      settings[one.name] = one.value;
      shown.add({one.name, one.is_secret ? "(secret)" : one.value, one.source});
    }
  }
  std::string text = partitions_text(all) + "\n";
  text +=
      shown.empty() ? "All settings are the broker's defaults; --all shows them.\n" : shown.text();
  out.answer(boost::json::object{{"topic", wanted.name},
                                 {"partitions", std::move(partitions)},
                                 {"settings", std::move(settings)}},
             text);
}

}  // namespace

void add_topic_describe(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_topic>();
  auto* command =
      topic.add_subcommand("describe", "Show a topic's partitions, offsets, sizes and settings");
  command->add_option("topic", wanted->name, "Name of the topic")->required();
  command->add_flag("--all", wanted->all_settings, "The settings that are defaults, too");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic describe orders");
  command->callback([wanted, &out] {
    const auto all = describe(*wanted);
    if (!all) {
      out.fail(all.error());
      return;
    }
    show(*all, *wanted, out);
  });
}

}  // namespace tidemill::cli
