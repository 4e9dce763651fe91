#include "metadata/topic_growth.hpp"

#include <utility>

#include "base/assert.hpp"
#include "metadata/replica_placement.hpp"
#include "metadata/topic_creation.hpp"

namespace tidemill::metadata {
namespace {

refusal refuse(errc error, std::string message = {}) {
  const auto code = make_error_code(error);
  return {code, message.empty() ? std::string(reason(error)) : std::move(message)};
}

}  // namespace

outcome<void> topic_growing::check_count(const topic_growth& asked, const topic& grown) const {
  const auto now = static_cast<std::int64_t>(grown.partitions.size());
  if (asked.count == now) {
    return refuse(errc::partition_count_invalid,
                  "The topic already has " + std::to_string(now) + " partition(s).");
  }
  if (asked.count < now) {
    return refuse(errc::partition_count_invalid,
                  "The topic has " + std::to_string(now) + " partition(s); " +
                      std::to_string(asked.count) + " would not be an increase.");
  }
  const auto more = static_cast<std::size_t>(asked.count - now);
  if (asked.assignments && asked.assignments->size() != more) {
    return refuse(errc::replica_assignment_invalid,
                  "There are " + std::to_string(more) + " partition(s) to be added, but " +
                      std::to_string(asked.assignments->size()) + " assignment(s).");
  }
  const auto& limits = options_.limits;
  if (partitions_made_ + more > limits.partitions_per_request) {
    return refuse(errc::limit_reached, "One request may create at most " +
                                           std::to_string(limits.partitions_per_request) +
                                           " partitions.");
  }
  if (expected_.so_far().partition_count() + more > limits.partitions) {
    return refuse(errc::limit_reached, "The cluster may hold at most " +
                                           std::to_string(limits.partitions) + " partitions.");
  }
  return {};
}

outcome<topic_growing::replica_lists> topic_growing::replicas_of(const topic_growth& asked,
                                                                 const topic& grown) {
  if (asked.assignments) {
    for (const auto& replicas : *asked.assignments) {
      TIDEMILL_TRY(check_manual_replicas(replicas, expected_.so_far()));
      if (replicas.size() != grown.replication_factor()) {
        return refuse(errc::replica_assignment_invalid,
                      "The manual assignment gives a partition " + std::to_string(replicas.size()) +
                          " replica(s), the topic has " +
                          std::to_string(grown.replication_factor()) + ".");
      }
    }
    return *asked.assignments;
  }
  placement_request request;
  request.partition_count = static_cast<std::size_t>(asked.count) - grown.partitions.size();
  request.replication_factor = grown.replication_factor();
  request.seed = random_.next();
  std::vector<placement_candidate> candidates;
  for (const auto& each : expected_.so_far().brokers()) {
    candidates.push_back({each->id, each->rack});
  }
  auto placed = place_replicas(request, candidates);
  if (!placed) {
    return refuse(errc::replication_factor_invalid,
                  "The topic has " + std::to_string(grown.replication_factor()) +
                      " replica(s), but only " + std::to_string(candidates.size()) +
                      " broker(s) are registered.");
  }
  return std::move(*placed);
}

outcome<void> topic_growing::add(const topic_growth& asked) {
  const topic* grown = expected_.so_far().find_topic(asked.name);
  if (grown == nullptr) {
    return refuse(errc::unknown_topic);
  }
  TIDEMILL_TRY(check_count(asked, *grown));
  auto lists = replicas_of(asked, *grown);
  if (!lists) {
    return lists.error();
  }
  const topic_id id = grown->id;
  auto index = static_cast<std::int32_t>(grown->partitions.size());
  for (std::vector<broker_id>& replicas : *lists) {
    partition state;
    state.in_sync_replicas = replicas;
    state.leader = replicas.front();
    state.replicas = std::move(replicas);
    const auto& noted =
        records_.emplace_back(partition_record{id, partition_index{index++}, std::move(state)});
    const auto applied = expected_.apply(noted, expected_.so_far().index());
    TIDEMILL_ASSERT(applied.has_value());
    ++partitions_made_;
  }
  return {};
}

}  // namespace tidemill::metadata
