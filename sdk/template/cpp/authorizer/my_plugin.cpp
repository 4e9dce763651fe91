#include <tidemill/plugin.hpp>

/// Everybody may read; about all else it has no opinion, and without any opinion the answer is no.
class my_plugin {
 public:
  static constexpr tidemill::sdk::about about{"my_plugin", "0.1.0", "Apache-2.0",
                                              "Says what it does."};

  std::uint8_t authorize(const tidemill::sdk::client&, const tidemill::sdk::action& action) const {
    return action.operation == TIDEMILL_OPERATION_READ ? TIDEMILL_ALLOW : TIDEMILL_NO_OPINION;
  }
};
TIDEMILL_PLUGIN(my_plugin)
