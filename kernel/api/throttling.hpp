#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "api/dispatch_state.hpp"
#include "network/request_sink.hpp"
#include "quota/quota_book.hpp"

namespace tidemill::api {

struct request_context;

/// Whether clients have quotas at all; asked for each request.
[[nodiscard]] inline bool has_quotas(const dispatch_state& dispatch) noexcept {
  const auto* quotas = dispatch.dependencies.quotas;
  return quotas != nullptr && quotas->is_active();
}

/// The gate of whoever sends under this client id on the connection, which remembers it; nullptr:
/// he is not limited. Only where there are quotas. Loop of the connection.
[[nodiscard]] const std::shared_ptr<quota::rate_gate>& gate_of(const dispatch_state& dispatch,
                                                               network::connection_info& connection,
                                                               std::string_view client_id,
                                                               quota::kind what);

/// Charges what the request takes; its answer says how long the client has to wait for that, and
/// the connection is not read for so long (KIP-219).
void charge(request_context& request, quota::kind what, double units);

/// How long the client of the request has to wait, of all that he has taken.
[[nodiscard]] std::chrono::milliseconds throttle_time(const request_context& request);

/// Charges partitions that are to be made or deleted (KIP-599). `is_strict`: false, and nothing is
/// charged, while the client has taken too much; old clients, who do not know that error, are
/// charged and wait.
[[nodiscard]] bool may_change_partitions(request_context& request, std::size_t count,
                                         bool is_strict);
inline constexpr std::string_view partition_changes_exceeded =
    "the client makes and deletes partitions faster than its quota allows";

}  // namespace tidemill::api
