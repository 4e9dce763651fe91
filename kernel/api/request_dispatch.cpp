#include "api/request_dispatch.hpp"

#include <string>
#include <utility>
#include <vector>

#include "api/api_versions.hpp"
#include "api/fetch_operation.hpp"
#include "api/request_context.hpp"
#include "api/served_apis.hpp"
#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "groups/host.hpp"
#include "io/event_loop.hpp"
#include "quota/quota_book.hpp"

namespace tidemill::api {

request_dispatch::request_dispatch(const dispatch_dependencies& dependencies)
    : state_(std::make_unique<dispatch_state>(dependencies)) {}

request_dispatch::~request_dispatch() = default;

void request_dispatch::image_changed(std::shared_ptr<const metadata::image> now) {
  TIDEMILL_ASSERT(now != nullptr);
  state_->image = std::move(now);
  if (auto* quotas = state_->dependencies.quotas) {
    quotas->change(state_->image->shared_quotas(), state_->image->index());
  }
}

void request_dispatch::handle(network::request work, network::responder answer) {
  protocol::reader from(work.frame);
  const auto header = protocol::decode_request_header(from);
  if (!header) {
    return answer.close("a malformed request header: " + header.error().message());
  }
  const auto* api = find_served_api(header->api_key);
  if (api == nullptr) {
    return answer.close(describe(*header) + " is not served");
  }
  from.limit_elements(api->elements_max + 2 * state_->image->partition_count());
  request_context request(*state_, std::move(work), std::move(answer), *header, from);
  if (api->serves(header->api_version)) {
    return has_quotas(*state_) ? handle_timed(*api, std::move(request))
                               : api->handle(std::move(request));
  }
  if (api->key == protocol::api_key::api_versions) {
    return refuse_api_versions(std::move(request));
  }
  request.responder.close(describe(*header) + " is not served in this version");
}

/// The client pays for the time of the thread: what this request takes is felt by his next one.
void request_dispatch::handle_timed(const served_api& api, request_context request) {
  // Copied, for the request and its connection may be gone afterwards.
  const auto gate = gate_of(*state_, *request.connection, request.client_id.value_or(""),
                            quota::kind::request_time);
  const auto& clock = state_->here().loop->clock();
  const auto begun = clock.now();
  api.handle(std::move(request));
  if (gate != nullptr) {
    const auto ended = clock.now();
    gate->charge(static_cast<double>((ended - begun).count()), ended);
  }
}

bool request_dispatch::may_pipeline(bytes_view frame) const noexcept {
  if (frame.size() < sizeof(std::int16_t)) {
    return false;
  }
  const auto* api = find_served_api(load_big_endian<std::int16_t>(frame.data()));
  return api != nullptr && api->may_pipeline;
}

void request_dispatch::connection_closed(network::connection_info& connection) noexcept {
  if (const auto fetch = state_->waiting_fetches.find(connection.id)) {
    fetch->give_up();
  }
}

void request_dispatch::answer_waiting() {
  for (const auto& fetch : state_->waiting_fetches.all()) {
    fetch->give_up();
  }
}

void request_dispatch::stop_waiting() {
  state_->may_wait = false;
  answer_waiting();
  if (auto* groups = state_->here().groups) {
    groups->stop();  // members who wait for each other
  }
}

}  // namespace tidemill::api
