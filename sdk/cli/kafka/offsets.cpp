#include "kafka/offsets.hpp"

namespace tidemill::cli {
namespace {

/// One round of ListOffsets; -1 where no record is that late.
outcome<offset_map> list_offsets(const client& brokers, const offset_map& times) {
  const partition_list list = list_of(times);
  const auto failed = rd_kafka_offsets_for_times(brokers.raw(), list.get(), brokers.timeout_ms());
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return brokers.problem_of("asking for offsets", failed);
  }
  offset_map found;
  for (int at = 0; at < list->cnt; ++at) {
    const auto& one = list->elems[at];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return brokers.problem_of(
          "offsets of " + std::string(one.topic) + "-" + std::to_string(one.partition), one.err);
    }
    found[{one.topic, one.partition}] = one.offset;
  }
  return found;
}

}  // namespace

partition_list list_of(const offset_map& offsets) {
  partition_list list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [where, position] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), where.topic.c_str(), where.index)->offset =
        position;
  }
  return list;
}

outcome<offset_map> offsets_at(const client& brokers, const offset_map& times) {
  if (times.empty()) {
    return offset_map();
  }
  auto found = list_offsets(brokers, times);
  if (!found) {
    return found;
  }
  offset_map late;
  for (const auto& [where, position] : *found) {
    if (position < 0) {
      late[where] = at_end;
    }
  }
  if (!late.empty()) {
    const auto ends = list_offsets(brokers, late);
    if (!ends) {
      return ends;
    }
    for (const auto& [where, position] : *ends) {
      (*found)[where] = position;
    }
  }
  return found;
}

outcome<offset_map> offsets_at(const client& brokers,
                               const std::vector<topic_partition>& partitions, std::int64_t time) {
  offset_map times;
  for (const topic_partition& one : partitions) {
    times[one] = time;
  }
  return offsets_at(brokers, times);
}

}  // namespace tidemill::cli
