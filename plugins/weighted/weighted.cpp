#include <algorithm>
#include <string>
#include <tidemill/plugin.hpp>
#include <vector>

namespace {

std::uint64_t hash_of(tidemill::sdk::bytes key) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint8_t byte : key) {
    hash = (hash ^ byte) * 0x100000001b3U;
  }
  hash = (hash ^ hash >> 33U) * 0xff51afd7ed558ccdU;
  return hash ^ hash >> 33U;
}

constexpr std::int64_t weight_max = 1'000'000;

}  // namespace

class weighted_partitioner {
 public:
  static constexpr tidemill::sdk::about about{"weighted", "1.0.0", "Apache-2.0",
                                              "Gives partitions shares of the keys by weight."};
  static constexpr tidemill_config_key keys[] = {
      {"weights", TIDEMILL_TYPE_INTEGER_LIST, TIDEMILL_KEY_REQUIRED, nullptr,
       "Weight of partition 0, 1, ...; 0 gets no keys. Partitions beyond the list weigh 1."},
  };

  explicit weighted_partitioner(const tidemill::sdk::host& host)
      : weights_(host.config().integers("weights")) {
    for (const std::int64_t weight : weights_) {
      if (weight < 0 || weight > weight_max) {
        throw tidemill::sdk::config_error("weights: expected 0 to 1000000, not " +
                                          std::to_string(weight));
      }
    }
  }

  /// Keeps the sums of the weights for the number of partitions that it saw last.
  class shard {
   public:
    explicit shard(weighted_partitioner& of) : weights_(of.weights_) {}

    tidemill::sdk::outcome choose(const tidemill::sdk::batch& batch,
                                  std::span<std::int32_t> partitions) {
      sum_up(static_cast<std::size_t>(batch.partition_count()));
      if (sums_.back() == 0) {
        return tidemill::sdk::failure{TIDEMILL_INVALID, "every partition of the topic weighs 0"};
      }
      for (std::uint32_t i = 0; i < batch.size(); ++i) {
        if (!batch.key(i).is_null()) {
          const std::uint64_t share = hash_of(batch.key(i)) % sums_.back();
          partitions[i] =
              static_cast<std::int32_t>(std::ranges::upper_bound(sums_, share) - sums_.begin());
        }
      }
      return TIDEMILL_OK;
    }

   private:
    void sum_up(std::size_t partition_count) {
      if (sums_.size() == partition_count) {
        return;
      }
      sums_.clear();
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < partition_count; ++i) {
        sum += i < weights_.size() ? static_cast<std::uint64_t>(weights_[i]) : 1;
        sums_.push_back(sum);
      }
    }

    const std::vector<std::int64_t>& weights_;
    std::vector<std::uint64_t> sums_;
  };

 private:
  std::vector<std::int64_t> weights_;
};
TIDEMILL_PLUGIN(weighted_partitioner)
