#include <tidemill/plugin.hpp>

/// Kafka's retention by time and size, but removing only between two hours of the day, when nobody
/// minds the disk's work. A disk with less than `free_least` left does not wait for the night.
class night_only {
 public:
  static constexpr tidemill::sdk::about about{"night_only", "1.0.0", "Apache-2.0",
                                              "Retention that works at night."};
  static constexpr tidemill_config_key keys[] = {
      {"from_hour", TIDEMILL_TYPE_INTEGER, 0, "1",
       "Hour (UTC) from which segments may go, 0 to 23."},
      {"to_hour", TIDEMILL_TYPE_INTEGER, 0, "5", "Hour (UTC) before which it ends, 0 to 23."},
      {"free_least", TIDEMILL_TYPE_SIZE_BYTES, 0, "10GiB", "Below this it removes at any time."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_FACT_DISK;

  explicit night_only(const tidemill::sdk::host& host)
      : from_hour_(host.config().integer("from_hour")),
        to_hour_(host.config().integer("to_hour")),
        free_least_bytes_(host.config().size_bytes("free_least")) {
    if (from_hour_ < 0 || from_hour_ > 23 || to_hour_ < 0 || to_hour_ > 23) {
      throw tidemill::sdk::config_error("from_hour, to_hour: expected 0 to 23, not " +
                                        std::to_string(from_hour_) + " and " +
                                        std::to_string(to_hour_));
    }
  }

  void vote(const tidemill_log& log, std::span<std::uint8_t> votes) const {
    const bool knows_disk = (log.facts & TIDEMILL_FACT_DISK) != 0 && log.disk_free_bytes >= 0;
    if (is_night(log.now_ms) || (knows_disk && log.disk_free_bytes < free_least_bytes_)) {
      tidemill::sdk::vote_by_time_and_size(log, votes);
    }
  }

 private:
  [[nodiscard]] bool is_night(std::int64_t now_ms) const {
    const std::int64_t hour = now_ms / 3'600'000 % 24;
    return from_hour_ <= to_hour_ ? hour >= from_hour_ && hour < to_hour_
                                  : hour >= from_hour_ || hour < to_hour_;
  }

  std::int64_t from_hour_;
  std::int64_t to_hour_;
  std::int64_t free_least_bytes_;
};
TIDEMILL_PLUGIN(night_only)
