#include <tidemill/plugin.hpp>

class my_plugin {
 public:
  static constexpr tidemill::sdk::about about{"my_plugin", "0.1.0", "Apache-2.0",
                                              "Says what it does."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    std::uint32_t sum = 0;
    for (const std::uint8_t byte : record.key()) {
      sum = sum * 31 + byte;
    }
    return static_cast<std::int32_t>(sum % static_cast<std::uint32_t>(partitions));
  }
};
TIDEMILL_PLUGIN(my_plugin)
