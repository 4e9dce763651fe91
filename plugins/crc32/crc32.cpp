#include <array>
#include <tidemill/plugin.hpp>

namespace {

/// CRC-32 of IEEE 802.3, reflected, byte by byte.
constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = value >> 1U ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    }
    table[byte] = value;
  }
  return table;
}();

std::uint32_t crc32(tidemill::sdk::bytes data) noexcept {
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : data) {
    crc = crc >> 8U ^ crc_table[(crc ^ byte) & 0xffU];
  }
  return ~crc;
}

}  // namespace

class crc32_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "crc32", "1.0.0", "Apache-2.0",
      "Partitions by key as librdkafka's consistent_random does; without a key any is right."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    if (record.key().empty()) {
      return TIDEMILL_PARTITION_ANY;
    }
    return static_cast<std::int32_t>(crc32(record.key()) % static_cast<std::uint32_t>(partitions));
  }
};
TIDEMILL_PLUGIN(crc32_partitioner)
