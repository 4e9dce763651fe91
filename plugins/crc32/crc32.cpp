#include <tidemill/hash.hpp>
#include <tidemill/plugin.hpp>

class crc32_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "crc32", "1.0.0", "Apache-2.0",
      "Partitions by key as librdkafka's consistent_random does; without a key any is right."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().empty()) {
      return TIDEMILL_PARTITION_ANY;
    }
    return static_cast<std::int32_t>(tidemill::sdk::crc32(record.key().span()) %
                                     static_cast<std::uint32_t>(partitions));
  }
};
TIDEMILL_PLUGIN(crc32_partitioner)
