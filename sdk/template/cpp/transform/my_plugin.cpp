#include <tidemill/plugin.hpp>

/// Lets a record in if validate() has nothing to say against it.
class my_plugin {
 public:
  static constexpr tidemill::sdk::about about{"my_plugin", "0.1.0", "Apache-2.0",
                                              "Says what it does."};
  /// What validate() looks at. Columns that are not named here are not there.
  static constexpr std::uint32_t needs = TIDEMILL_VALUES;

  std::string_view validate(const tidemill::sdk::record& record) const {
    return record.value().empty() ? "the value is empty" : "";
  }
};
TIDEMILL_PLUGIN(my_plugin)
