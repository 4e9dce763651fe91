#pragma once

#include "api/request_context.hpp"
#include "metadata/image.hpp"
#include "partition/assignment.hpp"
#include "protocol/error.hpp"

namespace tidemill::api {

/// Where a partition that a request names is to be found.
struct located_partition {
  /// none: this broker leads it, and `key` and `shard` say where.
  protocol::wire_error error = protocol::wire_error::none;
  partition::partition_key key;
  shard_index shard{0};
};

/// `topic` is nullptr when the request's topic does not exist: UNKNOWN_TOPIC_OR_PARTITION. Another
/// broker's partition: NOT_LEADER_OR_FOLLOWER.
[[nodiscard]] located_partition locate(const request_context& request, const metadata::topic* topic,
                                       partition_index index) noexcept;

/// The leader epoch that a request expects of a partition. -1 expects none; any other that is not
/// the current one is an error, below -1 too.
[[nodiscard]] constexpr std::optional<leader_epoch> expected_epoch(leader_epoch asked) noexcept {
  return asked == leader_epoch{-1} ? std::nullopt : std::optional(asked);
}

/// What the client is told about an error that came up at a partition that had been located. One
/// that went away since then does not exist, rather than being led elsewhere.
[[nodiscard]] protocol::wire_error wire_error_at(const request_context& request,
                                                 const partition::partition_key& key,
                                                 const error_code& error) noexcept;

/// The leader that clients should ask instead (KIP-951); -1 and -1 when unknown. `Hint` is one of
/// the generated leader_id_and_epoch structs.
template <class Hint>
[[nodiscard]] Hint leader_hint(const metadata::topic* topic, partition_index index) {
  Hint hint{};
  const auto* partition = topic == nullptr ? nullptr : topic->find_partition(index);
  if (partition != nullptr && partition->leader) {
    hint.leader_id = *partition->leader;
    hint.leader_epoch = partition->leader_epoch;
  }
  return hint;
}

/// True for the errors with which the leader's name is worth sending along.
[[nodiscard]] bool leader_has_moved(protocol::wire_error error) noexcept;

}  // namespace tidemill::api
