// The plugin of versioned.cpp in a version that is no partitioner any more.
#include <tidemill/plugin.hpp>

class versioned {
 public:
  static constexpr tidemill::sdk::about about{"versioned", "3.0.0", "Apache-2.0",
                                              "Removes nothing."};
  void vote(const tidemill_log&, std::span<std::uint8_t>) const {}
};
TIDEMILL_PLUGIN(versioned)
