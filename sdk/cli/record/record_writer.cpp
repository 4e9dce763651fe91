#include "record/record_writer.hpp"

#include <array>

namespace tidemill::cli {
namespace {

void note_delivery(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* opaque) {
  auto& counted = *static_cast<record_writer::figures*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++counted.delivered;
    counted.bytes += message->len + message->key_len;
    return;
  }
  if (counted.failed++ == 0) {
    // rd_kafka_message_errstr() would give the record itself here.
    counted.first_failure =
        std::string(rd_kafka_err2str(message->err)) + " (" + rd_kafka_err2name(message->err) + ")";
  }
}

struct headers_destroyer {
  void operator()(rd_kafka_headers_t* headers) const noexcept { rd_kafka_headers_destroy(headers); }
};
using headers = std::unique_ptr<rd_kafka_headers_t, headers_destroyer>;

headers headers_of(const new_record& record) {
  headers made(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(made.get(), name.data(), static_cast<ssize_t>(name.size()),
                        value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  return made;
}

rd_kafka_vu_t bytes_argument(rd_kafka_vtype_t what, const std::optional<std::string>& bytes) {
  rd_kafka_vu_t made{};
  made.vtype = what;
  // librdkafka takes a null pointer for null, and does not write.
  made.u.mem.ptr = bytes ? const_cast<char*>(bytes->data()) : nullptr;
  made.u.mem.size = bytes ? bytes->size() : 0;
  return made;
}

}  // namespace

outcome<record_writer> record_writer::open(const connection& where, const std::string& topic,
                                           const client::settings& own) {
  auto counted = std::make_unique<figures>();
  // As the Java client deals keys out: a key written here goes where it would go from there.
  client::settings settings{{"partitioner", "murmur2_random"}};
  for (const auto& [key, value] : own) {
    settings[key] = value;
  }
  auto handle = client::open_producer(where, settings, note_delivery, counted.get());
  if (!handle) {
    return handle.error();
  }
  if (auto ready = handle->warm_up(topic); !ready) {
    return ready.error();
  }
  return record_writer(std::move(*handle), std::move(counted), topic);
}

outcome<void> record_writer::write(const new_record& record) {
  headers named = headers_of(record);
  std::array<rd_kafka_vu_t, 7> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = topic_.c_str();
  arguments[1] = bytes_argument(RD_KAFKA_VTYPE_KEY, record.key);
  arguments[2] = bytes_argument(RD_KAFKA_VTYPE_VALUE, record.value);
  arguments[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[3].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[4].vtype = RD_KAFKA_VTYPE_PARTITION;
  arguments[4].u.i32 = record.partition;
  arguments[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  arguments[5].u.i64 = record.timestamp_ms < 0 ? 0 : record.timestamp_ms;  // 0: now
  arguments[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[6].u.headers = named.get();
  const std::size_t used = record.headers.empty() ? arguments.size() - 1 : arguments.size();
  for (;;) {
    rd_kafka_error_t* const failed = rd_kafka_produceva(handle_.raw(), arguments.data(), used);
    if (failed == nullptr) {
      if (used == arguments.size()) {
        static_cast<void>(named.release());  // the message has them now
      }
      rd_kafka_poll(handle_.raw(), 0);
      return boost::system::in_place_value;
    }
    const auto why = rd_kafka_error_code(failed);
    const std::string said = rd_kafka_error_string(failed);
    rd_kafka_error_destroy(failed);
    if (why != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return handle_.problem_of("topic " + topic_, why, said);
    }
    constexpr int room_wait_ms = 100;
    rd_kafka_poll(handle_.raw(), room_wait_ms);
  }
}

outcome<void> record_writer::flush() {
  // Each record has its own timeout (message.timeout.ms), so this ends.
  constexpr int round_ms = 1000;
  while (rd_kafka_flush(handle_.raw(), round_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    continue;
  }
  return boost::system::in_place_value;
}

}  // namespace tidemill::cli
