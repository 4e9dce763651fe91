#include <algorithm>
#include <string>
#include <tidemill/plugin.hpp>
#include <vector>

/// Topics belong to whoever their names begin with: "alice." and all that follows is alice's.
/// Administrators may do everything; what is nobody's is left to the next authorizer.
class owners {
 public:
  static constexpr tidemill::sdk::about about{"owners", "1.0.0", "Apache-2.0",
                                              "Topics belong to those whom they are named after."};
  static constexpr tidemill_config_key keys[] = {
      {"administrators", TIDEMILL_TYPE_TEXT_LIST, 0, "[]", "Names of users who may do everything."},
  };

  explicit owners(const tidemill::sdk::host& host)
      : administrators_(host.config().texts("administrators")) {}

  std::uint8_t authorize(const tidemill::sdk::client& client,
                         const tidemill::sdk::action& action) const {
    const std::string_view name = client.principal_name();
    const bool is_user = client.principal_type() == "User" && !name.empty();
    if (is_user && std::ranges::find(administrators_, name) != administrators_.end()) {
      return TIDEMILL_ALLOW;
    }
    const std::size_t dot = action.resource_name.find('.');
    if (action.resource_type != TIDEMILL_RESOURCE_TOPIC || dot == std::string_view::npos) {
      return TIDEMILL_NO_OPINION;
    }
    return is_user && action.resource_name.substr(0, dot) == name ? TIDEMILL_ALLOW : TIDEMILL_DENY;
  }

  /// An instance's rules never change, so its decisions may be remembered for ever.
  [[nodiscard]] std::uint64_t policy_epoch() const { return 1; }

 private:
  std::vector<std::string_view> administrators_;
};
TIDEMILL_PLUGIN(owners)
