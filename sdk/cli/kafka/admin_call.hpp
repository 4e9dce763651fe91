#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kafka/client.hpp"

namespace tidemill::cli {

struct event_destroyer {
  void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
};
using admin_event = std::unique_ptr<rd_kafka_event_t, event_destroyer>;

/// Sends one admin request and waits for its answer. `doing` begins the sentence when it fails.
using admin_sender = std::function<void(rd_kafka_t*, rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>;
[[nodiscard]] outcome<admin_event> ask(const client& brokers, rd_kafka_admin_op_t operation,
                                       const std::string& doing, const admin_sender& send);

/// What became of one topic.
struct topic_outcome {
  std::string name;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string said;
};
[[nodiscard]] std::vector<topic_outcome> outcomes_of(const rd_kafka_topic_result_t** results,
                                                     std::size_t count);

struct partition_list_destroyer {
  void operator()(rd_kafka_topic_partition_list_t* list) const noexcept {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using partition_list = std::unique_ptr<rd_kafka_topic_partition_list_t, partition_list_destroyer>;

}  // namespace tidemill::cli
