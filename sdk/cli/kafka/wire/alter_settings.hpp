#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/connection.hpp"

namespace tidemill::cli::wire {

enum class resource_type : std::int8_t { topic = 2, broker = 4 };

struct setting_change {
  enum class operation : std::int8_t { set = 0, unset = 1, append = 2, subtract = 3 };
  std::string name;
  operation what = operation::set;
  /// nullopt for unset.
  std::optional<std::string> value;
};

/// IncrementalAlterConfigs, version 0 (KIP-339): what is not named stays as it is. The problem is
/// the broker's own words.
[[nodiscard]] outcome<void> alter_settings(const connection& how, const endpoint& broker,
                                           resource_type type, const std::string& name,
                                           const std::vector<setting_change>& changes,
                                           bool validate_only);

}  // namespace tidemill::cli::wire
