#pragma once

#include <cstdint>
#include <string_view>

#include "network/request_sink.hpp"

namespace tidemill::api {

/// What a request wants to touch. The names follow Kafka's ACL model (KIP-11).
enum class resource_kind : std::uint8_t { topic, group, cluster, transactional_id };

/// What it wants to do there. The values are those of the wire (authorized operations are a bit set
/// of them, KIP-430).
enum class operation : std::uint8_t {
  read = 3,
  write = 4,
  create = 5,
  remove = 6,
  alter = 7,
  describe = 8,
  cluster_action = 9,
  describe_configs = 10,
  alter_configs = 11,
  idempotent_write = 12,
  create_tokens = 13,
  describe_tokens = 14
};

/// Decides who may do what. Handlers ask once per resource through may(); where no authorizer is
/// configured the question costs a pointer test. The name of the one cluster is "kafka-cluster".
class authorizer {
 public:
  virtual ~authorizer() = default;
  /// Shard thread of the connection; must not block.
  [[nodiscard]] virtual bool allows(const network::connection_info& who, operation what,
                                    resource_kind kind, std::string_view name) const noexcept = 0;
};

/// The name of whoever has not said who he is.
inline constexpr std::string_view anonymous_user = "ANONYMOUS";
inline constexpr std::string_view cluster_resource = "kafka-cluster";

/// Without an authorizer everything is allowed but one thing: acting as a broker. A client that
/// plays replica must never read above the high watermark or move it (S12), so cluster_action needs
/// somebody who grants it.
[[nodiscard]] inline bool may(const authorizer* rules, const network::connection_info& who,
                              operation what, resource_kind kind, std::string_view name) noexcept {
  if (rules == nullptr) [[likely]] {
    return what != operation::cluster_action;
  }
  return rules->allows(who, what, kind, name);
}

}  // namespace tidemill::api
