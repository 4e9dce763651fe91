#include <tidemill/plugin.hpp>

namespace {

/// MurmurHash2 by Austin Appleby, 32 bits, with the seed of Kafka's Java client.
std::uint32_t murmur2(tidemill::sdk::bytes data) noexcept {
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  constexpr std::uint32_t seed = 0x9747b28c;
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(data.size());
  const std::size_t whole = data.size() & ~std::size_t{3};
  for (std::size_t at = 0; at < whole; at += 4) {
    std::uint32_t word = std::uint32_t{data[at]} | std::uint32_t{data[at + 1]} << 8U |
                         std::uint32_t{data[at + 2]} << 16U | std::uint32_t{data[at + 3]} << 24U;
    word *= multiplier;
    word ^= word >> 24U;
    word *= multiplier;
    hash = hash * multiplier ^ word;
  }
  switch (data.size() - whole) {
    case 3:
      hash ^= std::uint32_t{data[whole + 2]} << 16U;
      [[fallthrough]];
    case 2:
      hash ^= std::uint32_t{data[whole + 1]} << 8U;
      [[fallthrough]];
    case 1:
      hash = (hash ^ data[whole]) * multiplier;
      break;
    default:
      break;
  }
  hash ^= hash >> 13U;
  hash *= multiplier;
  return hash ^ hash >> 15U;
}

}  // namespace

class murmur2_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "murmur2", "1.0.0", "Apache-2.0",
      "Partitions by key as Kafka's Java client does; without a key any partition is right."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().is_null()) {
      return TIDEMILL_PARTITION_ANY;
    }
    return static_cast<std::int32_t>(murmur2(record.key()) & 0x7fffffffU) % partitions;
  }
};
TIDEMILL_PLUGIN(murmur2_partitioner)
