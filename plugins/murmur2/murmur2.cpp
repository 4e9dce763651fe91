#include <tidemill/hash.hpp>
#include <tidemill/plugin.hpp>

class murmur2_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "murmur2", "1.0.0", "Apache-2.0",
      "Partitions by key as Kafka's Java client does; without a key any partition is right."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().is_null()) {
      return TIDEMILL_PARTITION_ANY;
    }
    return static_cast<std::int32_t>(tidemill::sdk::murmur2(record.key().span()) & 0x7fffffffU) %
           partitions;
  }
};
TIDEMILL_PLUGIN(murmur2_partitioner)
