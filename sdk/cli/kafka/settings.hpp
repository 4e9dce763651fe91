#pragma once

#include <string>
#include <vector>

#include "kafka/client.hpp"
#include "kafka/wire/alter_settings.hpp"

namespace tidemill::cli {

/// A setting of a topic or a broker, as the broker describes it.
struct setting {
  std::string name;
  /// Empty where it is secret.
  std::string value;
  /// "topic", "broker", "default", ...
  std::string source;
  bool is_default = false;
  bool is_read_only = false;
  bool is_secret = false;
};

/// By name.
[[nodiscard]] outcome<std::vector<setting>> settings_of(const client& brokers,
                                                        wire::resource_type type,
                                                        const std::string& name);

/// "key=value" and names to unset as changes; "key+=value" and "key-=value" append to and take from
/// a list. A problem for a text without '='.
[[nodiscard]] outcome<std::vector<wire::setting_change>> changes_of(
    const std::vector<std::string>& assignments, const std::vector<std::string>& unset);

/// Has the first broker that can be reached change a topic's or a broker's settings.
[[nodiscard]] outcome<void> alter_settings(const connection& where, wire::resource_type type,
                                           const std::string& name,
                                           const std::vector<wire::setting_change>& changes,
                                           bool validate_only);

}  // namespace tidemill::cli
