#include <algorithm>
#include <tidemill/plugin.hpp>

class free_disk {
 public:
  static constexpr tidemill::sdk::about about{
      "free_disk", "1.0.0", "Apache-2.0",
      "Kafka's retention, and earlier deletion of the oldest data when the disk fills up."};
  static constexpr tidemill_config_key keys[] = {
      {"free_min", TIDEMILL_TYPE_SIZE_BYTES, 0, "10GiB", "Free space to keep on the disk."},
      {"keep_min", TIDEMILL_TYPE_SIZE_BYTES, 0, "0B", "What stays of each log in any case."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_FACT_DISK;

  explicit free_disk(const tidemill::sdk::host& host)
      : free_min_(host.config().size_bytes("free_min")),
        keep_min_(host.config().size_bytes("keep_min")) {
    if (free_min_ < 0 || keep_min_ < 0) {
      throw tidemill::sdk::config_error("free_min, keep_min: expected sizes, not negative numbers");
    }
  }

  tidemill::sdk::outcome vote(const tidemill_log& log, std::span<std::uint8_t> votes) const {
    tidemill::sdk::vote_by_time_and_size(log, votes);
    if ((log.facts & TIDEMILL_FACT_DISK) == 0 || log.disk_free_bytes < 0) {
      return tidemill::sdk::failure{TIDEMILL_UNAVAILABLE, "the free space of the disk is unknown"};
    }
    const std::int64_t shortage = free_min_ - log.disk_free_bytes;
    const std::int64_t used = log.disk_total_bytes - log.disk_free_bytes;
    if (shortage <= 0 || used <= 0) {
      return TIDEMILL_OK;
    }
    // Every log on the disk is asked, so each gives in proportion to its size.
    const double share = static_cast<double>(log.size_bytes) / static_cast<double>(used);
    auto wanted =
        static_cast<std::int64_t>(static_cast<double>(shortage) * std::min(share, 1.0)) + 1;
    std::int64_t remaining = log.size_bytes;
    for (std::uint32_t i = 0; i < log.segment_count && wanted > 0; ++i) {
      remaining -= log.sizes_bytes[i];
      if ((log.segment_flags[i] & TIDEMILL_SEGMENT_ACTIVE) != 0 || remaining < keep_min_) {
        break;
      }
      votes[i] = TIDEMILL_REMOVE;
      wanted -= log.sizes_bytes[i];
    }
    return TIDEMILL_OK;
  }

 private:
  std::int64_t free_min_;
  std::int64_t keep_min_;
};
TIDEMILL_PLUGIN(free_disk)
