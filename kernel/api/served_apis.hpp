#pragma once

#include <cstdint>
#include <span>

#include "api/request_context.hpp"
#include "protocol/api_table.hpp"

namespace tidemill::api {

/// Answers a request whose header has been read and whose version is served.
using request_handler = void (*)(request_context request);

/// One API that is served. What has no row is neither served nor advertised.
struct served_api {
  protocol::api_key key;
  /// What ApiVersions says; below version_min only for Produce, where librdkafka before 2.11.1
  /// would otherwise stop compressing (KAFKA-18659).
  std::int16_t advertised_min;
  std::int16_t version_min;
  std::int16_t version_max;
  request_handler handle;
  /// Several such requests of one connection may be in work: they take effect in the order in which
  /// they are handed over.
  bool may_pipeline;
  /// What the arrays of a request may have, all together, in a cluster without partitions.
  std::uint32_t elements_max;

  [[nodiscard]] constexpr bool serves(api_version version) const noexcept {
    return version.value() >= version_min && version.value() <= version_max;
  }
};

/// All rows, by ascending key.
[[nodiscard]] std::span<const served_api> served_apis() noexcept;
/// nullptr when the API is not served.
[[nodiscard]] const served_api* find_served_api(std::int16_t key) noexcept;

}  // namespace tidemill::api
