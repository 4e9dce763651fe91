#include <tidemill/plugin.hpp>

/// Keys with certain beginnings get partitions of their own, the first ones; all others share the
/// rest.
class vip {
 public:
  static constexpr tidemill::sdk::about about{
      "vip", "1.0.0", "Apache-2.0", "Partitions of their own for keys with certain beginnings."};
  static constexpr tidemill_config_key keys[] = {
      {"prefixes", TIDEMILL_TYPE_TEXT_LIST, 0, "[\"vip-\"]", "Beginnings of the keys that matter."},
      {"reserved", TIDEMILL_TYPE_INTEGER, 0, "1", "How many partitions are kept for them."},
  };

  explicit vip(const tidemill::sdk::host& host) : reserved_(host.config().integer("reserved")) {
    // A text of the configuration lives as long as the instance, so views of it will do.
    prefixes_ = host.config().texts("prefixes");
    if (reserved_ < 1 || reserved_ > 1000) {
      throw tidemill::sdk::config_error("reserved: expected 1 to 1000, not " +
                                        std::to_string(reserved_));
    }
  }

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().is_null()) {
      return TIDEMILL_PARTITION_ANY;
    }
    const auto reserved = static_cast<std::int32_t>(std::min<std::int64_t>(reserved_, partitions));
    const std::uint32_t hash = hash_of(record.key());
    if (is_vip(record.key().text()) || reserved == partitions) {
      return static_cast<std::int32_t>(hash % static_cast<std::uint32_t>(reserved));
    }
    return reserved +
           static_cast<std::int32_t>(hash % static_cast<std::uint32_t>(partitions - reserved));
  }

 private:
  [[nodiscard]] bool is_vip(std::string_view key) const {
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](std::string_view prefix) { return key.starts_with(prefix); });
  }
  static std::uint32_t hash_of(tidemill::sdk::bytes key) {
    std::uint32_t hash = 2'166'136'261U;
    for (const std::uint8_t byte : key) {
      hash = (hash ^ byte) * 16'777'619U;
    }
    return hash;
  }

  std::vector<std::string_view> prefixes_;
  std::int64_t reserved_;
};
TIDEMILL_PLUGIN(vip)
