#include <string>
#include <tidemill/plugin.hpp>

class size_limit {
 public:
  static constexpr tidemill::sdk::about about{"size_limit", "1.0.0", "Apache-2.0",
                                              "Lets no record in whose parts are too large."};
  static constexpr tidemill_config_key keys[] = {
      {"key", TIDEMILL_TYPE_SIZE_BYTES, 0, nullptr, "The largest key."},
      {"value", TIDEMILL_TYPE_SIZE_BYTES, 0, nullptr, "The largest value."},
      {"headers", TIDEMILL_TYPE_SIZE_BYTES, 0, nullptr, "The most that all headers may take."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS;

  explicit size_limit(const tidemill::sdk::host& host)
      : key_(host, "key"), value_(host, "value"), headers_(host, "headers") {
    if (instance_needs() == 0) {
      throw tidemill::sdk::config_error("none of key, value and headers is limited");
    }
  }

  /// Only what has a limit is looked at.
  [[nodiscard]] std::uint32_t instance_needs() const {
    return (key_.is_set ? TIDEMILL_KEYS : 0) | (value_.is_set ? TIDEMILL_VALUES : 0) |
           (headers_.is_set ? TIDEMILL_HEADERS : 0);
  }

  std::string_view validate(const tidemill::sdk::record& record) const {
    if (key_.is_set && record.key().size() > key_.bytes_max) {
      return key_.reason;
    }
    if (value_.is_set && record.value().size() > value_.bytes_max) {
      return value_.reason;
    }
    return headers_.is_set && headers_size(record) > headers_.bytes_max
               ? std::string_view(headers_.reason)
               : std::string_view();
  }

 private:
  struct limit {
    limit(const tidemill::sdk::host& host, const char* part) : is_set(host.config().has(part)) {
      if (is_set) {
        bytes_max = static_cast<std::uint64_t>(host.config().size_bytes(part));
        reason = std::string(part) + " larger than " + std::to_string(bytes_max) + " bytes";
      }
    }
    bool is_set;
    std::uint64_t bytes_max = 0;
    std::string reason;
  };

  static std::uint64_t headers_size(const tidemill::sdk::record& record) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < record.header_count(); ++i) {
      sum += record.header_name(i).size() + record.header_value(i).size();
    }
    return sum;
  }

  limit key_;
  limit value_;
  limit headers_;
};
TIDEMILL_PLUGIN(size_limit)
