#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/request_context.hpp"
#include "api/wire_error.hpp"
#include "groups/home.hpp"
#include "groups/host.hpp"
#include "io/event_loop.hpp"
#include "protocol/error.hpp"

namespace tidemill::api {

/// Where a group lives.
struct located_group {
  /// none: this broker coordinates it, on `shard`, out of partition `home` of the offsets topic.
  protocol::wire_error error = protocol::wire_error::none;
  partition_index home{0};
  shard_index shard{0};
};

/// NOT_COORDINATOR while there is no offsets topic, and when another broker leads the group's
/// partition of it.
[[nodiscard]] located_group locate_group(const dispatch_state& dispatch,
                                         std::string_view group) noexcept;

/// Runs `work(groups::host&)` on the loop of a shard, at once where that is this one. It may use
/// what the request's frame holds; afterwards the frame is let go, unless `keep` holds it too.
template <class Work>
void work_on_shard(request_context& request, shard_index shard, Work work) {
  const auto& dependencies = request.dispatch->dependencies;
  const auto& target = dependencies.shards[shard.value()];
  if (shard == dependencies.here) {
    return work(*target.groups);
  }
  target.loop->post([host = target.groups, work = std::move(work)]() mutable { work(*host); });
}

/// Runs `work` on the loop of the request, from the loop of `shard`.
template <class Work>
void work_at_home(const dispatch_state& dispatch, shard_index shard, Work work) {
  if (shard == dispatch.dependencies.here) {
    return work();
  }
  dispatch.here().loop->post(std::move(work));
}

/// A request about one group on its way to the group's shard and back. `Asked` is the decoded
/// message; its views are good until the work is done.
template <class Asked>
struct group_operation {
  group_operation(request_context context, Asked message)
      : request(std::move(context)),
        asked(std::move(message)),
        client_host("/" + request.connection->peer_address) {}

  request_context request;
  Asked asked;
  /// As Java prints addresses, which is how Kafka shows members.
  std::string client_host;
};

/// Decodes the request, or refuses it and returns nullptr.
template <class Asked>
[[nodiscard]] std::shared_ptr<group_operation<Asked>> decode_group_request(
    request_context request) {
  auto asked = protocol::decode<Asked>(request.body, request.version);
  if (!asked) {
    request.refuse(asked.error());
    return nullptr;
  }
  return std::make_shared<group_operation<Asked>>(std::move(request), std::move(*asked));
}

}  // namespace tidemill::api
