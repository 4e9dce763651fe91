#include <cstdlib>
#include <tidemill/hash.hpp>
#include <tidemill/plugin.hpp>

class fnv1a_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "fnv1a", "1.0.0", "Apache-2.0",
      "Partitions by key as sarama's hash partitioner does; without a key any is right."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().is_null()) {
      return TIDEMILL_PARTITION_ANY;
    }
    const std::uint32_t hash = tidemill::sdk::fnv1a(record.key().span());
    // Signed on purpose: sarama takes the remainder first and its sign away afterwards.
    return std::abs(static_cast<std::int32_t>(hash) % partitions);
  }
};
TIDEMILL_PLUGIN(fnv1a_partitioner)
