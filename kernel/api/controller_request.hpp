#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "api/request_context.hpp"
#include "api/timed_request.hpp"
#include "io/event_loop.hpp"

namespace tidemill::api {

/// Answers a request with what the controller decides, or says so when that takes longer than
/// `timeout`. Home loop; `ask(controller, deliver)` runs on the controller's loop.
///
/// `Operation` has the type `outcomes` that the controller delivers, and
///   void receive(outcomes)        takes them
///   void time_out()               gives the rows that are still open their error
///   void answer(request_context&) answers with its rows
template <class Operation, class Ask>
void answer_by_controller(request_context request, std::shared_ptr<Operation> operation,
                          std::chrono::milliseconds timeout, Ask ask) {
  auto& dispatch = *request.dispatch;
  auto timed = std::make_shared<timed_request>(std::move(request));
  timed_request::start(timed, timeout, [operation](request_context& late) {
    operation->time_out();
    operation->answer(late);
  });
  auto deliver = [&dispatch, operation, timed](typename Operation::outcomes outcomes) {
    dispatch.here().loop->post([operation, timed, outcomes = std::move(outcomes)]() mutable {
      if (auto* waiting = timed->finish()) {
        operation->receive(std::move(outcomes));
        operation->answer(*waiting);
      }
    });
  };
  dispatch.dependencies.shards.front().loop->post(
      [controller = dispatch.dependencies.controller, ask = std::move(ask),
       deliver = std::move(deliver)]() mutable { ask(*controller, std::move(deliver)); });
}

}  // namespace tidemill::api
