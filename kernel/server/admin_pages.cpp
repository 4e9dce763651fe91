#include "server/admin_pages.hpp"

// The one file that sees Boost.JSON.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#include <boost/json/src.hpp>
#pragma GCC diagnostic pop

#include "base/escape.hpp"

namespace tidemill::server {

namespace json = boost::json;

namespace {

constexpr std::size_t reason_length_max = 2048;

json::array ids(const std::vector<broker_id>& brokers) {
  json::array list;
  for (const broker_id id : brokers) {
    list.emplace_back(id.value());
  }
  return list;
}

json::object describe(const metadata::partition& partition, std::size_t index) {
  json::object shown;
  shown["index"] = index;
  shown["leader"] = partition.leader ? json::value(partition.leader->value()) : json::value();
  shown["leader_epoch"] = partition.leader_epoch.value();
  shown["replicas"] = ids(partition.replicas);
  shown["in_sync_replicas"] = ids(partition.in_sync_replicas);
  return shown;
}

json::object describe(const metadata::topic& topic) {
  json::object shown;
  shown["name"] = topic.name;
  shown["id"] = to_string(topic.id);
  shown["internal"] = topic.is_internal;
  json::object settings;
  for (const metadata::setting& setting : topic.settings) {
    settings[setting.name] = setting.value;
  }
  shown["settings"] = std::move(settings);
  json::array partitions;
  for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
    partitions.push_back(describe(topic.partitions[index], index));
  }
  shown["partitions"] = std::move(partitions);
  return shown;
}

json::array listeners_of(const metadata::image& image, broker_id node) {
  json::array listeners;
  const metadata::broker* self = image.find_broker(node);
  if (self == nullptr) {
    return listeners;
  }
  for (const metadata::endpoint& each : self->endpoints) {
    listeners.push_back(
        json::object{{"name", each.listener}, {"host", each.host}, {"port", each.port}});
  }
  return listeners;
}

}  // namespace

std::string topics_page(const metadata::image& image) {
  json::array topics;
  for (const auto& topic : image.topics()) {
    topics.push_back(describe(topic));
  }
  return json::serialize(json::object{{"topics", std::move(topics)}}) + "\n";
}

std::string ready_page(const std::vector<partition::host::failed_partition>& failed,
                       const std::vector<std::string>& others) {
  if (failed.empty() && others.empty()) {
    return "ready\n";
  }
  std::string page = "degraded\n";
  for (const auto& each : failed) {
    page += each.name + ": " + escape(each.reason, reason_length_max) + "\n";
  }
  for (const std::string& each : others) {
    page += escape(each, reason_length_max) + "\n";
  }
  return page;
}

std::string broker_page(const broker_facts& facts, const metadata::image& image) {
  json::object shown;
  shown["version"] = facts.version;
  shown["node_id"] = facts.node.value();
  shown["epoch"] = facts.epoch.value();
  shown["cluster_id"] = to_string(image.cluster_id());
  shown["data_directory"] = facts.data_directory;
  shown["ready"] = facts.is_ready;
  shown["listeners"] = listeners_of(image, facts.node);
  shown["topics"] = image.topic_count();
  shown["partitions"] = image.partition_count();
  json::array failed;
  for (const auto& each : facts.failed) {
    failed.push_back(json::object{{"partition", each.name}, {"reason", each.reason}});
  }
  shown["failed_partitions"] = std::move(failed);
  return json::serialize(shown) + "\n";
}

}  // namespace tidemill::server
