#include <algorithm>
#include <map>
#include <string>
#include <tidemill/plugin.hpp>

/// SASL PLAIN (RFC 4616) against a list of users in the configuration: one message, "[on behalf of]
/// NUL name NUL password".
class plain_users {
 public:
  static constexpr tidemill::sdk::about about{"plain_users", "1.0.0", "Apache-2.0",
                                              "SASL PLAIN against users in the configuration."};
  static constexpr tidemill_config_key keys[] = {
      {"users", TIDEMILL_TYPE_TEXT_LIST, TIDEMILL_KEY_SECRET | TIDEMILL_KEY_REQUIRED, nullptr,
       "Each \"name:password\"."},
  };
  static constexpr const char* mechanism = "PLAIN";
  /// The password is sent as it is, so the broker offers PLAIN on encrypted connections only.
  static constexpr bool secret_in_clear = true;

  explicit plain_users(const tidemill::sdk::host& host) {
    for (const std::string_view user : host.config().texts("users")) {
      const std::size_t colon = user.find(':');
      if (colon == 0 || colon == std::string_view::npos || colon + 1 == user.size()) {
        // The text itself is a secret, so it is not told.
        throw tidemill::sdk::config_error("users: expected \"name:password\" in each element");
      }
      passwords_[std::string(user.substr(0, colon))] = std::string(user.substr(colon + 1));
    }
  }

  class session {
   public:
    session(const plain_users& of, const tidemill::sdk::client&) : of_(of) {}

    tidemill::sdk::outcome step(std::string_view message, tidemill::sdk::authentication& who) {
      const std::size_t first = message.find('\0');
      const std::size_t second =
          first == std::string_view::npos ? first : message.find('\0', first + 1);
      if (second == std::string_view::npos) {
        return denied();
      }
      const std::string_view behalf = message.substr(0, first);
      const std::string_view name = message.substr(first + 1, second - first - 1);
      // Nobody may act for another.
      if (!of_.is_right(name, message.substr(second + 1)) || (!behalf.empty() && behalf != name) ||
          !who.principal(name)) {
        return denied();
      }
      return TIDEMILL_DONE;
    }

   private:
    /// The same for an unknown name and a wrong password.
    static tidemill::sdk::outcome denied() {
      return tidemill::sdk::failure{TIDEMILL_DENIED, "no such user, or a wrong password"};
    }
    const plain_users& of_;
  };

 private:
  [[nodiscard]] bool is_right(std::string_view name, std::string_view password) const {
    static const std::string nobody(16, '\x01');
    const auto found = passwords_.find(name);
    const bool is_known = found != passwords_.end() && !name.empty();
    const std::string& expected = is_known ? found->second : nobody;
    // Every byte is looked at, so that the time tells nothing about where they differ.
    unsigned differing = expected.size() == password.size() ? 0 : 1;
    for (std::size_t i = 0; i < password.size(); ++i) {
      differing |= static_cast<unsigned char>(password[i]) ^
                   static_cast<unsigned char>(expected[i % expected.size()]);
    }
    return differing == 0 && is_known;
  }

  std::map<std::string, std::string, std::less<>> passwords_;
};
TIDEMILL_PLUGIN(plain_users)
