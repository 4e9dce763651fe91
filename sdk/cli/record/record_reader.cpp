#include "record/record_reader.hpp"

#include <algorithm>

namespace tidemill::cli {
namespace {

constexpr std::size_t messages_a_round = 10'000;
constexpr int wait_ms = 100;

struct message_destroyer {
  void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); }
};

std::optional<std::string_view> bytes_of(const void* data, std::size_t size) {
  if (data == nullptr) {
    return std::nullopt;
  }
  return std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

record_view view_of(const rd_kafka_message_t& message) {
  record_view made;
  made.topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
  made.partition = message.partition;
  made.offset = message.offset;
  made.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  made.key = bytes_of(message.key, message.key_len);
  made.value = bytes_of(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t at = 0;
         rd_kafka_header_get_all(headers, at, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++at) {
      made.headers.emplace_back(name, bytes_of(value, size));
    }
  }
  return made;
}

std::int64_t record_reader::range::count() const {
  std::int64_t total = 0;
  for (const auto& [where, from] : begin) {
    const auto to = end.find(where);
    if (to == end.end()) {
      return -1;
    }
    total += std::max<std::int64_t>(0, to->second - from);
  }
  return total;
}

record_reader::record_reader(client handle, const range& wanted) : handle_(std::move(handle)) {
  for (const auto& [where, from] : wanted.begin) {
    const auto to = wanted.end.find(where);
    const std::int64_t end = to == wanted.end.end() ? -1 : to->second;
    if (end < 0 || from < end) {
      ranges_[where.index] = {from, end};
      open_.insert(where.index);
    }
  }
}

outcome<record_reader> record_reader::open(const connection& where, const std::string& topic,
                                           const range& wanted, const client::settings& own) {
  client::settings settings{{"enable.partition.eof", "true"},
                            {"fetch.wait.max.ms", "100"},
                            {"fetch.error.backoff.ms", "50"}};
  for (const auto& [key, value] : own) {
    settings[key] = value;
  }
  auto handle = client::open(where, RD_KAFKA_CONSUMER, settings);
  if (!handle) {
    return handle.error();
  }
  record_reader made(std::move(*handle), wanted);
  if (auto started = made.start(topic); !started) {
    return started.error();
  }
  return made;
}

outcome<void> record_reader::start(const std::string& topic) {
  topic_.reset(rd_kafka_topic_new(handle_.raw(), topic.c_str(), nullptr));
  queue_.reset(rd_kafka_queue_new(handle_.raw()));
  if (topic_ == nullptr) {
    return handle_.problem_of("topic " + topic, rd_kafka_last_error());
  }
  for (const auto& [index, bounds] : ranges_) {
    if (rd_kafka_consume_start_queue(topic_.get(), index, bounds.first, queue_.get()) != 0) {
      return handle_.problem_of(topic + "-" + std::to_string(index), rd_kafka_last_error());
    }
  }
  arrived_.resize(messages_a_round);
  return boost::system::in_place_value;
}

record_reader::~record_reader() {
  while (topic_ != nullptr && !open_.empty()) {
    close(*open_.begin());
  }
}

void record_reader::close(std::int32_t partition) {
  rd_kafka_consume_stop(topic_.get(), partition);
  open_.erase(partition);
}

bool record_reader::take(const rd_kafka_message_t& message) {
  if (!open_.contains(message.partition)) {
    return false;
  }
  const std::int64_t end = ranges_.at(message.partition).second;
  const bool is_end_of_log = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (end >= 0 && message.offset + (is_end_of_log ? 0 : 1) >= end) {
    close(message.partition);
  }
  return !is_end_of_log && (end < 0 || message.offset < end);
}

outcome<void> record_reader::read(const visitor& see) {
  // A batch would wait for as many records as it may hold; one record comes when it is there.
  arrived_.front() = rd_kafka_consume_queue(queue_.get(), wait_ms);
  if (arrived_.front() == nullptr) {
    return boost::system::in_place_value;
  }
  const ssize_t count =
      1 + std::max<ssize_t>(0, rd_kafka_consume_batch_queue(queue_.get(), 0, arrived_.data() + 1,
                                                            arrived_.size() - 1));
  bool going = true;
  outcome<void> done = boost::system::in_place_value;
  for (ssize_t at = 0; at < count; ++at) {
    const std::unique_ptr<rd_kafka_message_t, message_destroyer> message(
        arrived_[static_cast<std::size_t>(at)]);
    const bool failed = message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
                        message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (failed && done) {
      done = handle_.problem_of("reading partition " + std::to_string(message->partition),
                                message->err, rd_kafka_message_errstr(message.get()));
    }
    if (!failed && going && take(*message)) {
      going = see(*message);
    }
  }
  return done;
}

}  // namespace tidemill::cli
