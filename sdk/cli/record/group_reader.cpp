#include "record/group_reader.hpp"

#include <algorithm>

namespace tidemill::cli {
namespace {

constexpr int wait_ms = 100;

struct message_destroyer {
  void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); }
};

}  // namespace

outcome<group_reader> group_reader::open(const connection& where, const options& wanted) {
  auto handle = client::open(where, RD_KAFKA_CONSUMER,
                             {{"group.id", wanted.group},
                              {"enable.partition.eof", "true"},
                              {"enable.auto.offset.store", "false"},
                              {"auto.commit.interval.ms", "1000"},
                              {"fetch.wait.max.ms", "100"},
                              {"auto.offset.reset", wanted.from_end ? "latest" : "earliest"}});
  if (!handle) {
    return handle.error();
  }
  group_reader made(std::move(*handle));
  rd_kafka_poll_set_consumer(made.handle_->raw());
  const partition_list topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), wanted.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto failed = rd_kafka_subscribe(made.handle_->raw(), topics.get());
      failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return made.handle_->problem_of("group " + wanted.group, failed);
  }
  return made;
}

group_reader::~group_reader() {
  if (handle_ != nullptr) {
    rd_kafka_consumer_close(handle_->raw());
  }
}

bool group_reader::is_at_end() const {
  rd_kafka_topic_partition_list_t* raw = nullptr;
  if (rd_kafka_assignment(handle_->raw(), &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return false;
  }
  const partition_list assigned(raw);
  for (int at = 0; at < assigned->cnt; ++at) {
    const auto found = at_end_.find({assigned->elems[at].topic, assigned->elems[at].partition});
    if (found == at_end_.end() || !found->second) {
      return false;
    }
  }
  return assigned->cnt > 0;
}

outcome<bool> group_reader::read(const std::function<void(const rd_kafka_message_t&)>& see) {
  const std::unique_ptr<rd_kafka_message_t, message_destroyer> message(
      rd_kafka_consumer_poll(handle_->raw(), wait_ms));
  if (message == nullptr) {
    return false;
  }
  const topic_partition where{message->rkt == nullptr ? "" : rd_kafka_topic_name(message->rkt),
                              message->partition};
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    at_end_[where] = true;
    return false;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return handle_->problem_of("reading as a member of the group", message->err,
                               rd_kafka_message_errstr(message.get()));
  }
  at_end_[where] = false;
  see(*message);
  rd_kafka_offset_store(message->rkt, message->partition, message->offset);
  return true;
}

}  // namespace tidemill::cli
