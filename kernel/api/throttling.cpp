#include "api/throttling.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/request_context.hpp"
#include "io/event_loop.hpp"

namespace tidemill::api {
namespace {

/// What a connection knows of the quotas of its client.
struct known_gates final : network::connection_state {
  std::uint64_t version = 0;
  std::string client;  // a bounded_name
  /// nullopt: nobody has asked yet.
  std::array<std::optional<std::shared_ptr<quota::rate_gate>>, quota::kind_count> gates;
};

/// However much he owes: Kafka's bound, which keeps members of groups from being taken for dead.
constexpr std::chrono::seconds request_time_wait_max{1};

quota::rate_gate* gate_of(const request_context& request, quota::kind what) {
  return gate_of(*request.dispatch, *request.connection, request.client_id.value_or(""), what)
      .get();
}

io::monotonic_time now(const dispatch_state& dispatch) noexcept {
  return dispatch.here().loop->clock().now();
}

/// A client that waits a moment longer has waited long enough.
std::chrono::milliseconds rounded_up(std::chrono::nanoseconds wait) noexcept {
  return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

}  // namespace

const std::shared_ptr<quota::rate_gate>& gate_of(const dispatch_state& dispatch,
                                                 network::connection_info& connection,
                                                 std::string_view client_id, quota::kind what) {
  auto& quotas = *dispatch.dependencies.quotas;
  if (connection.state == nullptr) {
    connection.state = std::make_unique<known_gates>();
  }
  auto& known = static_cast<known_gates&>(*connection.state);
  const std::uint64_t version = quotas.version();
  const quota::bounded_name client(client_id);
  if (known.version != version || known.client != client.text()) {
    known.gates = {};
    known.client = client.text();
    known.version = version;
  }
  auto& gate = known.gates.at(static_cast<std::size_t>(what));
  if (!gate) {
    gate = quotas.gate_of(what, anonymous_user, client_id, now(dispatch));
  }
  return *gate;
}

void charge(request_context& request, quota::kind what, double units) {
  if (!has_quotas(*request.dispatch)) {
    return;
  }
  auto* gate = gate_of(request, what);
  if (gate == nullptr) {
    return;
  }
  const auto wait = gate->charge(units, now(*request.dispatch));
  if (wait.count() > 0) {
    request.dispatch->dependencies.quotas->count_throttled(what);
    request.throttle = std::max(request.throttle, rounded_up(wait));
  }
}

std::chrono::milliseconds throttle_time(const request_context& request) {
  auto longest = request.throttle;
  if (has_quotas(*request.dispatch)) {
    if (const auto* gate = gate_of(request, quota::kind::request_time)) {
      const auto wait = std::min<std::chrono::milliseconds>(
          rounded_up(gate->wait(now(*request.dispatch))), request_time_wait_max);
      if (wait.count() > 0) {
        request.dispatch->dependencies.quotas->count_throttled(quota::kind::request_time);
      }
      longest = std::max(longest, wait);
    }
  }
  return longest;
}

bool may_change_partitions(request_context& request, std::size_t count, bool is_strict) {
  if (is_strict && has_quotas(*request.dispatch)) {
    const auto* gate = gate_of(request, quota::kind::mutation);
    const auto wait =
        gate == nullptr ? std::chrono::nanoseconds(0) : gate->wait(now(*request.dispatch));
    if (wait.count() > 0) {
      request.dispatch->dependencies.quotas->count_throttled(quota::kind::mutation);
      request.throttle = std::max(request.throttle, rounded_up(wait));
      return false;
    }
  }
  charge(request, quota::kind::mutation, static_cast<double>(count));
  return true;
}

}  // namespace tidemill::api
