#include "kafka/cluster_view.hpp"

#include <algorithm>

namespace tidemill::cli {
namespace {

struct metadata_destroyer {
  void operator()(const rd_kafka_metadata_t* metadata) const noexcept {
    rd_kafka_metadata_destroy(metadata);
  }
};
using metadata = std::unique_ptr<const rd_kafka_metadata_t, metadata_destroyer>;

struct topic_destroyer {
  void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
};

cluster_view::partition partition_of(const rd_kafka_metadata_partition& from) {
  cluster_view::partition made{from.id, from.leader, {}, {}};
  made.replicas.assign(from.replicas, from.replicas + from.replica_cnt);
  made.in_sync.assign(from.isrs, from.isrs + from.isr_cnt);
  return made;
}

cluster_view view_of(const rd_kafka_metadata_t& from) {
  cluster_view view;
  for (int at = 0; at < from.broker_cnt; ++at) {
    const auto& broker = from.brokers[at];
    view.brokers.push_back({broker.id, broker.host, broker.port});
  }
  for (int at = 0; at < from.topic_cnt; ++at) {
    auto& topic = view.topics.emplace_back();
    topic.name = from.topics[at].topic;
    for (int index = 0; index < from.topics[at].partition_cnt; ++index) {
      topic.partitions.push_back(partition_of(from.topics[at].partitions[index]));
    }
    std::ranges::sort(topic.partitions, {}, &cluster_view::partition::index);
  }
  std::ranges::sort(view.brokers, {}, &cluster_view::broker::id);
  std::ranges::sort(view.topics, {}, &cluster_view::topic::name);
  return view;
}

/// `only` nullptr: all topics.
outcome<metadata> fetch(const client& brokers, rd_kafka_topic_t* only, const std::string& doing) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto failed =
      rd_kafka_metadata(brokers.raw(), only == nullptr ? 1 : 0, only, &raw, brokers.timeout_ms());
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return brokers.problem_of(doing, failed);
  }
  return metadata(raw);
}

}  // namespace

outcome<cluster_view> view_cluster(const client& brokers) {
  const auto found = fetch(brokers, nullptr, "the cluster at " + brokers.where().brokers);
  if (!found) {
    return found.error();
  }
  cluster_view view = view_of(**found);
  // Known from the answer that has just come; nothing is asked again.
  char* const id = rd_kafka_clusterid(brokers.raw(), 0);
  view.cluster_id = id == nullptr ? "" : id;
  rd_kafka_mem_free(brokers.raw(), id);
  view.controller = rd_kafka_controllerid(brokers.raw(), 0);
  return view;
}

outcome<cluster_view> view_topic(const client& brokers, const std::string& name) {
  const std::unique_ptr<rd_kafka_topic_t, topic_destroyer> topic(
      rd_kafka_topic_new(brokers.raw(), name.c_str(), nullptr));
  const std::string doing = "topic " + name;
  if (topic == nullptr) {
    return brokers.problem_of(doing, rd_kafka_last_error());
  }
  const auto found = fetch(brokers, topic.get(), doing);
  if (!found) {
    return found.error();
  }
  const rd_kafka_metadata_t& all = **found;
  if (all.topic_cnt != 1) {
    return brokers.problem_of(doing, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  }
  if (all.topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return problem_of_code(doing, all.topics[0].err, {});
  }
  return view_of(all);
}

bool is_internal(const std::string& topic) {
  return topic.starts_with("__");
}

}  // namespace tidemill::cli
