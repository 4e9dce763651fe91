#include <tidemill/plugin.hpp>

/// One message, "name:password". Whoever answers DONE says who it is; anything else is no login.
class my_plugin {
 public:
  static constexpr tidemill::sdk::about about{"my_plugin", "0.1.0", "Apache-2.0",
                                              "Says what it does."};
  static constexpr tidemill_config_key keys[] = {
      {"password", TIDEMILL_TYPE_TEXT, TIDEMILL_KEY_SECRET, "change me",
       "What everybody has to know."},
  };
  static constexpr const char* mechanism = "X-MY-PLUGIN";
  /// Offered on encrypted connections only.
  static constexpr bool secret_in_clear = true;

  explicit my_plugin(const tidemill::sdk::host& host) : password_(host.config().text("password")) {
    if (password_.empty()) {
      throw tidemill::sdk::config_error("password: is empty");
    }
  }

  class session {
   public:
    session(const my_plugin& of, const tidemill::sdk::client&) : of_(of) {}

    tidemill::sdk::outcome step(std::string_view message, tidemill::sdk::authentication& who) {
      const std::size_t colon = message.find(':');
      if (colon == 0 || colon == message.npos || message.substr(colon + 1) != of_.password_ ||
          !who.principal(message.substr(0, colon))) {
        return tidemill::sdk::failure{TIDEMILL_DENIED, "wrong name or password"};
      }
      return TIDEMILL_DONE;
    }

   private:
    const my_plugin& of_;
  };

 private:
  std::string password_;
};
TIDEMILL_PLUGIN(my_plugin)
