#include <tidemill/plugin.hpp>

namespace {

/// FNV-1a, 64 bits, with a finisher that spreads short keys over all bits.
std::uint64_t hash_of(tidemill::sdk::bytes key) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint8_t byte : key) {
    hash = (hash ^ byte) * 0x100000001b3U;
  }
  hash = (hash ^ hash >> 33U) * 0xff51afd7ed558ccdU;
  return hash ^ hash >> 33U;
}

/// "A Fast, Minimal Memory, Consistent Hash Algorithm", Lamping and Veach, 2014.
std::int32_t jump(std::uint64_t key, std::int32_t buckets) noexcept {
  std::int64_t chosen = -1;
  for (std::int64_t next = 0; next < buckets;) {
    chosen = next;
    key = key * 2862933555777941757U + 1;
    next = static_cast<std::int64_t>(
        static_cast<double>(chosen + 1) *
        (static_cast<double>(1LL << 31U) / static_cast<double>((key >> 33U) + 1)));
  }
  return static_cast<std::int32_t>(chosen);
}

}  // namespace

class jump_partitioner {
 public:
  static constexpr tidemill::sdk::about about{
      "jump", "1.0.0", "Apache-2.0",
      "Partitions by key so that new partitions take over as few keys as possible."};

  std::int32_t choose(const tidemill::sdk::record& record, std::int32_t partitions) const {
    return record.key().is_null() ? TIDEMILL_PARTITION_ANY
                                  : jump(hash_of(record.key()), partitions);
  }
};
TIDEMILL_PLUGIN(jump_partitioner)
