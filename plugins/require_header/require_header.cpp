#include <string>
#include <tidemill/plugin.hpp>
#include <vector>

class require_header {
 public:
  static constexpr tidemill::sdk::about about{"require_header", "1.0.0", "Apache-2.0",
                                              "Lets only records in that have certain headers."};
  static constexpr tidemill_config_key keys[] = {
      {"headers", TIDEMILL_TYPE_TEXT_LIST, TIDEMILL_KEY_REQUIRED, nullptr,
       "Names that every record must have among its headers."},
      {"allow_empty", TIDEMILL_TYPE_BOOLEAN, 0, "false", "Whether a null or empty value will do."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_HEADERS;

  explicit require_header(const tidemill::sdk::host& host)
      : allow_empty_(host.config().boolean("allow_empty")) {
    for (const std::string_view name : host.config().texts("headers")) {
      rules_.push_back({std::string(name), "the header '" + std::string(name) + "' is missing"});
    }
    if (rules_.empty()) {
      throw tidemill::sdk::config_error("headers: names none");
    }
  }

  std::string_view validate(const tidemill::sdk::record& record) const {
    for (const rule& one : rules_) {
      const auto value = record.header(one.name);
      if (!value || (value->empty() && !allow_empty_)) {
        return one.reason;
      }
    }
    return {};
  }

 private:
  struct rule {
    std::string name;
    std::string reason;
  };
  std::vector<rule> rules_;
  bool allow_empty_;
};
TIDEMILL_PLUGIN(require_header)
