#pragma once

#include <map>
#include <string>
#include <string_view>

#include "server/config/load.hpp"

namespace tidemill::server {

/// The rules of [topic_defaults] as the metadata room knows them.
class topic_default_rules final : public config::topic_setting_rules {
 public:
  [[nodiscard]] std::optional<std::string> canonical_name(std::string_view name) const override;
  [[nodiscard]] std::optional<std::string> problem_with(std::string_view name,
                                                        std::string_view text) const override;
  [[nodiscard]] std::optional<std::string> contradiction_in(
      const std::map<std::string, std::string>& settings) const override;
  [[nodiscard]] std::vector<config::topic_setting_help> all() const override;
};

}  // namespace tidemill::server
