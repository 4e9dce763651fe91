#include "api/init_producer_id.hpp"

#include <memory>
#include <utility>

#include "api/wire_error.hpp"
#include "io/event_loop.hpp"
#include "metadata/controller.hpp"
#include "protocol/init_producer_id.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

wire_error judge(const request_context& request, const protocol::init_producer_id_request& asked) {
  if (asked.transactional_id) {
    if (asked.transactional_id->empty()) {
      return wire_error::invalid_request;
    }
    return request.may(operation::write, resource_kind::transactional_id, *asked.transactional_id)
               ? wire_error::unsupported_version
               : wire_error::transactional_id_authorization_failed;
  }
  if ((asked.producer_id == producer_id{-1}) != (asked.producer_epoch == producer_epoch{-1})) {
    return wire_error::invalid_request;
  }
  if (!request.may_on_cluster(operation::idempotent_write)) {
    return wire_error::cluster_authorization_failed;
  }
  return wire_error::none;
}

void answer(request_context& request, result<producer_id> id) {
  protocol::init_producer_id_response response;
  if (id) {
    response.producer_id = *id;
    response.producer_epoch = producer_epoch{0};
  } else {
    response.error_code = to_wire(id.error());
    response.producer_epoch = producer_epoch{-1};
  }
  request.answer(response);
}

void refuse(request_context& request, wire_error error) {
  protocol::init_producer_id_response response;
  response.error_code = error;
  response.producer_epoch = producer_epoch{-1};
  request.answer(response);
}

/// Asks the controller for a block of ids; the answer goes to the supply of the asking shard.
void fetch_block(dispatch_state& dispatch) {
  const auto* self = dispatch.image->find_broker(dispatch.broker().id);
  const auto epoch = self != nullptr ? self->epoch : broker_epoch{-1};
  dispatch.dependencies.shards.front().loop->post([&dispatch, epoch] {
    dispatch.dependencies.controller->allocate_producer_ids(
        dispatch.broker().id, epoch,
        [&dispatch](metadata::outcome<metadata::producer_id_block> block) {
          result<metadata::producer_id_block> plain =
              block ? result<metadata::producer_id_block>(*block)
                    : result<metadata::producer_id_block>(block.error().error);
          dispatch.here().loop->post([&dispatch, plain] {
            dispatch.producer_ids.receive(plain);
            if (dispatch.producer_ids.wants_block()) {
              fetch_block(dispatch);
            }
          });
        });
  });
}

}  // namespace

void handle_init_producer_id(request_context request) {
  const auto asked =
      protocol::decode<protocol::init_producer_id_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  if (const auto error = judge(request, *asked); error != wire_error::none) {
    return refuse(request, error);
  }
  auto& dispatch = *request.dispatch;
  if (const auto id = dispatch.producer_ids.take()) {
    return answer(request, *id);
  }
  if (!dispatch.producer_ids.has_room()) {
    return refuse(request, wire_error::coordinator_load_in_progress);
  }
  auto waiting = std::make_unique<request_context>(std::move(request));
  dispatch.producer_ids.wait(
      [waiting = std::move(waiting)](result<producer_id> id) { answer(*waiting, id); });
  if (dispatch.producer_ids.wants_block()) {
    fetch_block(dispatch);
  }
}

}  // namespace tidemill::api
