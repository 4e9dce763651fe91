#include "kafka/wire/alter_settings.hpp"

#include "kafka/client.hpp"
#include "kafka/wire/exchange.hpp"

namespace tidemill::cli::wire {
namespace {

constexpr request_kind kind{44, 0, false, "IncrementalAlterConfigs"};

}  // namespace

outcome<void> alter_settings(const connection& how, const endpoint& broker, resource_type type,
                             const std::string& name, const std::vector<setting_change>& changes,
                             bool validate_only) {
  message_writer body;
  body.array(1);
  body.int8(static_cast<std::int8_t>(type));
  body.string(name);
  body.array(changes.size());
  for (const setting_change& change : changes) {
    body.string(change.name);
    body.int8(static_cast<std::int8_t>(change.what));
    body.nullable_string(change.value);
  }
  body.boolean(validate_only);
  auto answer = exchange(how, broker, kind, body);
  if (!answer) {
    return answer.error();
  }
  static_cast<void>(answer->int32());  // throttle time
  const std::size_t count = answer->array();
  const auto code = static_cast<rd_kafka_resp_err_t>(answer->int16());
  const std::string said = answer->string();
  if (!answer->is_well() || count != 1) {
    return malformed(kind);
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return problem_of_code("settings of " + name, code, said);
  }
  return boost::system::in_place_value;
}

}  // namespace tidemill::cli::wire
