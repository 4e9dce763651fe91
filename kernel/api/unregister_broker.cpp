#include "api/unregister_broker.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/controller_request.hpp"
#include "api/wire_error.hpp"
#include "metadata/controller.hpp"
#include "protocol/unregister_broker.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// The request names none.
constexpr auto patience = std::chrono::seconds(30);

class unregister_operation {
 public:
  using outcomes = metadata::outcome<void>;

  void receive(const outcomes& decided) {
    if (!decided) {
      error_ = to_wire(decided.error().error);
      message_ = decided.error().message;
    }
  }
  void time_out() {
    error_ = wire_error::request_timed_out;
    message_ = "the broker was not forgotten in time; it may still be";
  }
  void answer(request_context& request) const {
    protocol::unregister_broker_response response;
    response.error_code = error_;
    if (error_ != wire_error::none) {
      response.error_message = message_;
    }
    request.answer(response);
  }

 private:
  wire_error error_ = wire_error::none;
  std::string message_;
};

void refuse(request_context& request, wire_error error, std::string_view message) {
  protocol::unregister_broker_response response;
  response.error_code = error;
  response.error_message = message;
  request.answer(response);
}

}  // namespace

void handle_unregister_broker(request_context request) {
  const auto asked =
      protocol::decode<protocol::unregister_broker_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  if (!request.may_on_cluster(operation::alter)) {
    return refuse(request, wire_error::cluster_authorization_failed,
                  "not allowed to unregister brokers");
  }
  if (asked->broker_id == request.dispatch->broker().id) {
    return refuse(request, wire_error::invalid_request, "this broker runs; it cannot be forgotten");
  }
  answer_by_controller(std::move(request), std::make_shared<unregister_operation>(), patience,
                       [id = asked->broker_id](metadata::controller& controller, auto deliver) {
                         controller.unregister_broker(id, std::move(deliver));
                       });
}

}  // namespace tidemill::api
