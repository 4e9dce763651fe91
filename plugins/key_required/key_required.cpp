#include <tidemill/plugin.hpp>

class key_required {
 public:
  static constexpr tidemill::sdk::about about{"key_required", "1.0.0", "Apache-2.0",
                                              "Lets no record in that has no key."};
  static constexpr tidemill_config_key keys[] = {
      {"allow_empty", TIDEMILL_TYPE_BOOLEAN, 0, "true", "Whether a key of size 0 will do."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_KEYS;

  explicit key_required(const tidemill::sdk::host& host)
      : allow_empty_(host.config().boolean("allow_empty")) {}

  std::string_view validate(const tidemill::sdk::record& record) const {
    if (record.key().is_null()) {
      return "the record has no key";
    }
    return record.key().empty() && !allow_empty_ ? "the key is empty" : "";
  }

 private:
  bool allow_empty_;
};
TIDEMILL_PLUGIN(key_required)
