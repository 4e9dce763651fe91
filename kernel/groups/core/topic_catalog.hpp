#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"

namespace tidemill::groups {

struct catalog_topic {
  uuid id;
  std::int32_t partition_count = 0;
};

/// The topics of the cluster, as coordinators that assign partitions see them. Immutable.
class topic_catalog {
 public:
  virtual ~topic_catalog() = default;
  /// Rises whenever anything here may have changed.
  [[nodiscard]] virtual std::uint64_t version() const noexcept = 0;
  [[nodiscard]] virtual std::optional<catalog_topic> find(std::string_view name) const = 0;
  /// The names that a regular expression (RE2's syntax) matches as a whole; nullopt when it is
  /// malformed. Internal topics are none of them.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> match(
      std::string_view expression) const = 0;
};

}  // namespace tidemill::groups
