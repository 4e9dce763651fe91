#include <algorithm>
#include <string>
#include <tidemill/plugin.hpp>
#include <vector>

class range_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "range", "1.0.0", "Apache-2.0", "Partitions by the range of keys that a key falls into."};
  static constexpr tidemill_config_key keys[] = {
      {"splits", TIDEMILL_TYPE_TEXT_LIST, TIDEMILL_KEY_REQUIRED, nullptr,
       "Where ranges begin, rising: partition 0 takes keys below the first, 1 those from it on."},
      {"without_key", TIDEMILL_TYPE_TEXT, 0, "any", "What to do with a null key: any, reject."},
  };

  explicit range_partitioner(const tidemill::sdk::host& host) {
    const auto config = host.config();
    for (const std::string_view split : config.texts("splits")) {
      if (!splits_.empty() && split <= splits_.back()) {
        throw tidemill::sdk::config_error("splits: '" + std::string(split) +
                                          "' does not come after '" + splits_.back() + "'");
      }
      splits_.emplace_back(split);
    }
    const std::string_view without_key = config.text("without_key");
    if (without_key != "any" && without_key != "reject") {
      throw tidemill::sdk::config_error("without_key: expected any or reject, not '" +
                                        std::string(without_key) + "'");
    }
    without_key_ = without_key == "any" ? TIDEMILL_PARTITION_ANY : TIDEMILL_PARTITION_REJECT;
  }

  /// Ranges beyond the last partition belong to the last one.
  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().is_null()) {
      return without_key_;
    }
    const auto range = std::ranges::upper_bound(splits_, record.key().text()) - splits_.begin();
    return std::min(static_cast<std::int32_t>(range), partitions - 1);
  }

 private:
  std::vector<std::string> splits_;
  std::int32_t without_key_ = TIDEMILL_PARTITION_ANY;
};
TIDEMILL_PLUGIN(range_partitioner)
