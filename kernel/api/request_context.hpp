#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/authorizer.hpp"
#include "api/dispatch_state.hpp"
#include "api/throttling.hpp"
#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "network/request_sink.hpp"
#include "protocol/frame.hpp"
#include "protocol/message.hpp"

namespace tidemill::api {

/// As int32, which holds 24 days.
[[nodiscard]] inline std::int32_t in_wire_milliseconds(std::chrono::milliseconds span) noexcept {
  return static_cast<std::int32_t>(std::min<std::chrono::milliseconds::rep>(
      span.count(), std::numeric_limits<std::int32_t>::max()));
}

/// One request on its way through a handler: where it came from, what its header said, and the duty
/// to answer it. Move-only; lives on the loop of its connection.
struct request_context {
  request_context(dispatch_state& state, network::request work, network::responder answer,
                  const protocol::request_header& header, protocol::reader behind_header) noexcept;

  /// Of the shard of the connection.
  dispatch_state* dispatch;
  mutable_bytes frame;
  /// Keeps the frame, and so every view of a decoded request, alive. Shared with other shards while
  /// they work on it.
  std::shared_ptr<void> owner;
  network::connection_info* connection;
  network::responder responder;
  api_version version;
  correlation_id correlation;
  std::optional<std::string_view> client_id;
  protocol::reader body;
  /// How long the client has to wait for what this request takes (charge()).
  std::chrono::milliseconds throttle{0};

  [[nodiscard]] bool may(operation what, resource_kind kind, std::string_view name) const noexcept {
    return api::may(dispatch->dependencies.rules, *connection, what, kind, name);
  }
  [[nodiscard]] bool may_on_cluster(operation what) const noexcept {
    return may(what, resource_kind::cluster, cluster_resource);
  }

  /// The same bytes of the frame, writable. `view` lies inside the frame.
  [[nodiscard]] mutable_bytes writable(bytes_view view) const noexcept;

  /// Sends the response; what it borrows must be alive now. The duty is done afterwards. Tells the
  /// client how long he has to wait.
  template <protocol::message Response>
  void answer(Response& response) {
    const auto wait = throttle_time(*this);
    if constexpr (requires { response.throttle_time_ms; }) {
      response.throttle_time_ms = in_wire_milliseconds(wait);
    }
    auto encoded = protocol::encode_response(response, version, correlation);
    if (!encoded) {
      fail_to_encode(encoded.error());
      return;
    }
    responder.send({std::move(encoded->bytes), {}, wait});
  }
  template <protocol::message Response>
  void answer(Response&& response) {
    answer(response);
  }

  /// Closes the connection because the request breaks the protocol.
  void refuse(const error_code& why);

  /// Closes the connection because the answer cannot be written: a mistake of this broker.
  void fail_to_encode(const error_code& why);
};

/// A request's API, version and client, as log lines show it.
[[nodiscard]] std::string describe(const protocol::request_header& header);

}  // namespace tidemill::api
