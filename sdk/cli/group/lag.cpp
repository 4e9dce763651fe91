#include <algorithm>
#include <set>

#include "group/commands.hpp"
#include "group/group_calls.hpp"
#include "kafka/cluster_view.hpp"
#include "kafka/position.hpp"
#include "kafka/wire/log_directories.hpp"
#include "terminal/table.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

struct wanted_lag {
  connection where;
  std::vector<std::string> groups;
  bool holders = false;
  std::vector<std::string> topics;
};

/// What one group has committed for one partition.
struct commitment {
  std::string group;
  topic_partition where;
  std::int64_t committed = 0;
};

struct lag_view {
  std::vector<commitment> commitments;
  log_bounds bounds;
};

bool is_wanted(const topic_partition& where, const wanted_lag& wanted) {
  return wanted.topics.empty() ||
         std::ranges::find(wanted.topics, where.topic) != wanted.topics.end();
}

/// Of all groups that are named, or of all there are.
outcome<std::vector<commitment>> commitments_of(const client& brokers, const wanted_lag& wanted) {
  std::vector<std::string> names = wanted.groups;
  if (names.empty()) {
    const auto groups = list_groups(brokers);
    if (!groups) {
      return groups.error();
    }
    for (const group_listing& one : *groups) {
      names.push_back(one.id);
    }
  }
  std::vector<commitment> all;
  for (const std::string& name : names) {
    const auto offsets = committed_offsets(brokers, name);
    if (!offsets) {
      return offsets.error();
    }
    for (const auto& [where, offset] : *offsets) {
      if (is_wanted(where, wanted)) {
        all.push_back({name, where, offset});
      }
    }
    if (!wanted.groups.empty() && offsets->empty()) {
      return problem{"group " + name + " has committed nothing, or does not exist",
                     "see what is there: tidectl group list"};
    }
  }
  return all;
}

outcome<lag_view> look(const client& brokers, const wanted_lag& wanted) {
  auto commitments = commitments_of(brokers, wanted);
  const auto view =
      commitments ? view_cluster(brokers) : outcome<cluster_view>(commitments.error());
  if (!view) {
    return view.error();
  }
  // Groups remember topics that are gone.
  std::set<topic_partition> existing;
  for (const auto& topic : view->topics) {
    for (const auto& partition : topic.partitions) {
      existing.insert({topic.name, partition.index});
    }
  }
  std::erase_if(*commitments, [&](const commitment& one) { return !existing.contains(one.where); });
  std::vector<topic_partition> partitions;
  for (const commitment& one : *commitments) {
    partitions.push_back(one.where);
  }
  auto bounds = bounds_of(brokers, partitions);
  if (!bounds) {
    return bounds.error();
  }
  return lag_view{std::move(*commitments), std::move(*bounds)};
}

std::int64_t lag_of(const commitment& one, const log_bounds& bounds) {
  return std::max<std::int64_t>(0, bounds.ends.at(one.where) - one.committed);
}

void show_lag(const lag_view& view, output& out) {
  using enum table::align;
  table shown({{"GROUP"},
               {"TOPIC"},
               {"PARTITION", right},
               {"COMMITTED", right},
               {"END", right},
               {"LAG", right}});
  boost::json::array all;
  std::int64_t total = 0;
  for (const commitment& one : view.commitments) {
    const std::int64_t lag = lag_of(one, view.bounds);
    const std::int64_t end = view.bounds.ends.at(one.where);
    total += lag;
    shown.add({one.group, one.where.topic, std::to_string(one.where.index),
               std::to_string(one.committed), std::to_string(end), count_text(lag)});
    all.push_back(boost::json::object{{"group", one.group},
                                      {"topic", one.where.topic},
                                      {"partition", one.where.index},
                                      {"committed", one.committed},
                                      {"end_offset", end},
                                      {"lag", lag}});
  }
  out.answer(boost::json::object{{"partitions", std::move(all)}, {"lag", total}}, shown.text());
}

/// The commitment of each partition that lies lowest: what a retention by progress has to keep.
std::map<topic_partition, const commitment*> lowest_of(const lag_view& view) {
  std::map<topic_partition, const commitment*> lowest;
  for (const commitment& one : view.commitments) {
    const commitment*& held = lowest[one.where];
    if (held == nullptr || one.committed < held->committed) {
      held = &one;
    }
  }
  return lowest;
}

/// Sizes of the leaders' logs; without those of brokers that will not say.
offset_map leader_sizes(const client& brokers) {
  offset_map sizes;
  const auto view = view_cluster(brokers);
  for (std::size_t at = 0; view && at < view->brokers.size(); ++at) {
    const auto& broker = view->brokers[at];
    const auto found =
        wire::partition_sizes(brokers.where(), {broker.host, std::to_string(broker.port)});
    for (const auto& topic : view->topics) {
      for (const auto& partition : topic.partitions) {
        const topic_partition where{topic.name, partition.index};
        if (found && partition.leader == broker.id && found->contains(where)) {
          sizes[where] = found->at(where);
        }
      }
    }
  }
  return sizes;
}

/// About how many bytes lie above the commitment: the broker tells the size of the whole log only.
std::int64_t held_bytes(const commitment& one, const log_bounds& bounds, const offset_map& sizes) {
  const auto size = sizes.find(one.where);
  const std::int64_t records = bounds.ends.at(one.where) - bounds.starts.at(one.where);
  if (size == sizes.end() || records <= 0) {
    return size == sizes.end() ? -1 : 0;
  }
  const double part =
      static_cast<double>(std::min(lag_of(one, bounds), records)) / static_cast<double>(records);
  return static_cast<std::int64_t>(part * static_cast<double>(size->second));
}

void show_holders(const client& brokers, const lag_view& view, output& out) {
  using enum table::align;
  const offset_map sizes = leader_sizes(brokers);
  table shown({{"TOPIC"},
               {"PARTITION", right},
               {"HELD BY"},
               {"COMMITTED", right},
               {"RECORDS HELD", right},
               {"BYTES, ABOUT", right}});
  boost::json::array all;
  for (const auto& [where, lowest] : lowest_of(view)) {
    const std::int64_t lag = lag_of(*lowest, view.bounds);
    const std::int64_t bytes = held_bytes(*lowest, view.bounds, sizes);
    shown.add({where.topic, std::to_string(where.index), lag == 0 ? "-" : lowest->group,
               std::to_string(lowest->committed), count_text(lag),
               bytes < 0 ? "-" : size_text(static_cast<std::uint64_t>(bytes))});
    all.push_back(boost::json::object{
        {"topic", where.topic},
        {"partition", where.index},
        {"held_by", lag == 0 ? boost::json::value() : boost::json::value(lowest->group)},
        {"committed", lowest->committed},
        {"records_held", lag},
        {"bytes_held_estimate", bytes < 0 ? boost::json::value() : boost::json::value(bytes)}});
  }
  out.answer(boost::json::object{{"partitions", std::move(all)}}, shown.text());
}

}  // namespace

void add_group_lag(CLI::App& group, output& out) {
  auto wanted = std::make_shared<wanted_lag>();
  auto* command = group.add_subcommand("lag", "Show how far groups are behind, and who holds what");
  command->add_option("group", wanted->groups, "Names of groups; all without");
  command->add_flag("--holders", wanted->holders,
                    "Of each partition the group that is furthest behind: what a retention by "
                    "progress keeps for it");
  command->add_option("-t,--topic", wanted->topics, "Only this topic; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_connection(*command, wanted->where);
  command->footer(
      "Examples:\n  tidectl group lag billing\n  tidectl group lag --holders --topic orders");
  command->callback([wanted, &out] {
    const auto brokers = client::open(wanted->where, RD_KAFKA_CONSUMER);
    const auto view = brokers ? look(*brokers, *wanted) : outcome<lag_view>(brokers.error());
    if (!view) {
      out.fail(view.error());
    } else if (wanted->holders) {
      show_holders(*brokers, *view, out);
    } else {
      show_lag(*view, out);
    }
  });
}

}  // namespace tidemill::cli
