#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "kafka/offsets.hpp"
#include "record/record_text.hpp"

namespace tidemill::cli {

/// Reads partitions of one topic from given offsets on, without a group: nothing is committed, and
/// the broker keeps nothing of it. One thread.
class record_reader {
 public:
  struct range {
    offset_map begin;
    /// Offsets to stop before; a partition that is not here is read for ever.
    offset_map end;

    /// Records at most, or -1 where there is no end.
    [[nodiscard]] std::int64_t count() const;
  };

  /// Partitions whose range is empty are not read at all.
  [[nodiscard]] static outcome<record_reader> open(const connection& where,
                                                   const std::string& topic, const range& wanted,
                                                   const client::settings& own = {});
  record_reader(record_reader&&) noexcept = default;
  record_reader& operator=(record_reader&&) = delete;
  ~record_reader();

  /// Whether there is something left to read.
  [[nodiscard]] bool has_more() const noexcept { return !open_.empty(); }
  /// Reads what has come, or waits a moment for something to come. `see` gets each record and says
  /// whether to go on. The record is borrowed during its call.
  using visitor = std::function<bool(const rd_kafka_message_t&)>;
  [[nodiscard]] outcome<void> read(const visitor& see);

 private:
  struct queue_destroyer {
    void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
  };
  struct topic_destroyer {
    void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
  };

  record_reader(client handle, const range& wanted);
  [[nodiscard]] outcome<void> start(const std::string& topic);
  /// Whether the record is within the range; closes its partition at the end of it.
  [[nodiscard]] bool take(const rd_kafka_message_t& message);
  void close(std::int32_t partition);

  client handle_;
  std::unique_ptr<rd_kafka_topic_t, topic_destroyer> topic_;
  std::unique_ptr<rd_kafka_queue_t, queue_destroyer> queue_;
  /// By partition: where to begin and to stop; -1 for never.
  std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>> ranges_;
  std::set<std::int32_t> open_;
  std::vector<rd_kafka_message_t*> arrived_;
};

/// A message of librdkafka as a record; borrows from it.
[[nodiscard]] record_view view_of(const rd_kafka_message_t& message);

}  // namespace tidemill::cli
