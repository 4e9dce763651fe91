#include "kafka/wire/consumer_groups.hpp"

#include "kafka/wire/exchange.hpp"

namespace tidemill::cli::wire {
namespace {

constexpr request_kind kind{69, 0, true, "ConsumerGroupDescribe"};
constexpr std::size_t uuid_bytes = 16;

std::vector<topic_partition> read_assignment(message_reader& answer) {
  std::vector<topic_partition> all;
  const std::size_t topics = answer.compact_array();
  for (std::size_t topic = 0; topic < topics && answer.is_well(); ++topic) {
    answer.skip(uuid_bytes);
    const std::string name = answer.compact_string();
    const std::size_t partitions = answer.compact_array();
    for (std::size_t at = 0; at < partitions && answer.is_well(); ++at) {
      all.push_back({name, answer.int32()});
    }
    answer.skip_tags();
  }
  answer.skip_tags();
  return all;
}

group_view::member read_member(message_reader& answer) {
  group_view::member made;
  made.id = answer.compact_string();
  static_cast<void>(answer.compact_string());  // instance id
  static_cast<void>(answer.compact_string());  // rack
  static_cast<void>(answer.int32());           // epoch
  made.client_id = answer.compact_string();
  made.host = answer.compact_string();
  const std::size_t subscribed = answer.compact_array();
  for (std::size_t at = 0; at < subscribed && answer.is_well(); ++at) {
    static_cast<void>(answer.compact_string());
  }
  static_cast<void>(answer.compact_string());  // regular expression
  made.partitions = read_assignment(answer);
  static_cast<void>(read_assignment(answer));  // what it is to have in the end
  answer.skip_tags();
  return made;
}

}  // namespace

outcome<group_view> describe_consumer_group(const connection& how, const endpoint& coordinator,
                                            const std::string& group) {
  message_writer body;
  body.compact_array(1);
  body.compact_string(group);
  body.boolean(false);  // authorized operations
  body.no_tags();
  auto answer = exchange(how, coordinator, kind, body);
  if (!answer) {
    return answer.error();
  }
  static_cast<void>(answer->int32());  // throttle time
  const std::size_t count = answer->compact_array();
  const auto code = static_cast<rd_kafka_resp_err_t>(answer->int16());
  const std::string said = answer->compact_string();
  if (!answer->is_well() || count != 1) {
    return malformed(kind);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return problem_of_code("group " + group, code, said);
  }
  group_view made;
  made.protocol = "consumer";
  made.id = answer->compact_string();
  made.state = answer->compact_string();
  static_cast<void>(answer->int32());  // epoch of the group
  static_cast<void>(answer->int32());  // epoch of its assignment
  made.assignor = answer->compact_string();
  const std::size_t members = answer->compact_array();
  for (std::size_t at = 0; at < members && answer->is_well(); ++at) {
    made.members.push_back(read_member(*answer));
  }
  return answer->is_well() ? outcome<group_view>(std::move(made)) : malformed(kind);
}

}  // namespace tidemill::cli::wire
