#include "kafka/admin_call.hpp"

namespace tidemill::cli {
namespace {

struct options_destroyer {
  void operator()(rd_kafka_AdminOptions_t* options) const noexcept {
    rd_kafka_AdminOptions_destroy(options);
  }
};
struct queue_destroyer {
  void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
};

}  // namespace

outcome<admin_event> ask(const client& brokers, rd_kafka_admin_op_t operation,
                         const std::string& doing, const admin_sender& send) {
  const std::unique_ptr<rd_kafka_AdminOptions_t, options_destroyer> options(
      rd_kafka_AdminOptions_new(brokers.raw(), operation));
  char why[256] = {};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), brokers.timeout_ms(), why, sizeof why);
  const std::unique_ptr<rd_kafka_queue_t, queue_destroyer> queue(rd_kafka_queue_new(brokers.raw()));
  send(brokers.raw(), options.get(), queue.get());
  // The request has its own timeout; what comes after it is the event that says so.
  constexpr int margin_ms = 2000;
  admin_event event(rd_kafka_queue_poll(queue.get(), brokers.timeout_ms() + margin_ms));
  if (event == nullptr) {
    return brokers.problem_of(doing, RD_KAFKA_RESP_ERR__TIMED_OUT);
  }
  if (const auto failed = rd_kafka_event_error(event.get()); failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return brokers.problem_of(doing, failed, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

std::vector<topic_outcome> outcomes_of(const rd_kafka_topic_result_t** results, std::size_t count) {
  std::vector<topic_outcome> all;
  for (std::size_t at = 0; at < count; ++at) {
    const char* const said = rd_kafka_topic_result_error_string(results[at]);
    all.push_back({rd_kafka_topic_result_name(results[at]),
                   rd_kafka_topic_result_error(results[at]), said == nullptr ? "" : said});
  }
  return all;
}

}  // namespace tidemill::cli
