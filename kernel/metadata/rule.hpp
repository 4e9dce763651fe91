#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidemill::metadata {

/// A rule as the cluster has accepted it, in the form in force and in those before it: what runs
/// does not depend on any broker's files. Held by std::shared_ptr, because images share it.
struct rule {
  struct version {
    /// Of the source, in hexadecimal.
    std::string sha256;
    std::string source;
    std::int64_t accepted_at_ms = 0;

    friend bool operator==(const version&, const version&) = default;
  };
  /// No more are remembered.
  static constexpr std::size_t versions_max = 10;

  /// "orders.lua"; topics name it "lua:orders.lua".
  std::string file;
  /// Newest first; never empty. The first is in force.
  std::vector<version> versions;

  friend bool operator==(const rule&, const rule&) = default;
};

}  // namespace tidemill::metadata
