#include "kafka/wire/log_directories.hpp"

#include "kafka/wire/exchange.hpp"

namespace tidemill::cli::wire {
namespace {

constexpr request_kind kind{35, 1, false, "DescribeLogDirs"};

void read_topics(message_reader& answer, offset_map& sizes) {
  const std::size_t topics = answer.array();
  for (std::size_t topic = 0; topic < topics && answer.is_well(); ++topic) {
    const std::string name = answer.string();
    const std::size_t partitions = answer.array();
    for (std::size_t at = 0; at < partitions && answer.is_well(); ++at) {
      const std::int32_t index = answer.int32();
      const std::int64_t size = answer.int64();
      static_cast<void>(answer.int64());    // how far it is behind
      static_cast<void>(answer.boolean());  // whether it is to take another's place
      sizes[{name, index}] += size;
    }
  }
}

}  // namespace

outcome<offset_map> partition_sizes(const connection& how, const endpoint& broker) {
  message_writer body;
  body.int32(-1);  // all topics
  auto answer = exchange(how, broker, kind, body);
  if (!answer) {
    return answer.error();
  }
  static_cast<void>(answer->int32());  // throttle time
  offset_map sizes;
  const std::size_t directories = answer->array();
  for (std::size_t at = 0; at < directories && answer->is_well(); ++at) {
    const auto code = static_cast<rd_kafka_resp_err_t>(answer->int16());
    const std::string directory = answer->string();
    if (answer->is_well() && code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return problem_of_code("directory " + directory + " of the broker", code, {});
    }
    read_topics(*answer, sizes);
  }
  if (!answer->is_well()) {
    return malformed(kind);
  }
  return sizes;
}

}  // namespace tidemill::cli::wire
