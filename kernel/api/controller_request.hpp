#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "api/request_context.hpp"
#include "api/timed_request.hpp"
#include "api/wire_error.hpp"
#include "io/event_loop.hpp"
#include "metadata/controller.hpp"
#include "protocol/error.hpp"

namespace tidemill::api {

/// Gives the rows that are still open, in order, what the controller has decided. A row has `error`
/// and `message`.
template <class Rows>
void take_outcomes(Rows& rows, const std::vector<metadata::outcome<void>>& decided) {
  std::size_t position = 0;
  for (auto& row : rows) {
    if (row.error == protocol::wire_error::none && position < decided.size()) {
      if (const auto& outcome = decided[position++]; !outcome) {
        row.error = to_wire(outcome.error().error);
        row.message = outcome.error().message;
      }
    }
  }
}

/// Gives the rows that are still open the error of a request that took too long.
template <class Rows>
void time_out_rows(Rows& rows, std::string_view message) {
  for (auto& row : rows) {
    if (row.error == protocol::wire_error::none) {
      row.error = protocol::wire_error::request_timed_out;
      row.message = message;
    }
  }
}

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
