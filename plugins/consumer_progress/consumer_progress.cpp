#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <tidemill/plugin.hpp>
#include <vector>

class consumer_progress {
 public:
  static constexpr tidemill::sdk::about about{
      "consumer_progress", "1.0.0", "Apache-2.0",
      "Kafka's retention, and earlier deletion of what consumer groups have committed."};
  static constexpr tidemill_config_key keys[] = {
      {"groups", TIDEMILL_TYPE_TEXT_LIST, 0, nullptr,
       "Whose commits count; none: those of every active group."},
      {"active_time", TIDEMILL_TYPE_DURATION_MS, 0, "1d",
       "A group is active while it has members or has committed so recently."},
      {"keep_time_min", TIDEMILL_TYPE_DURATION_MS, 0, "0s", "What is younger stays in any case."},
      {"keep_size_min", TIDEMILL_TYPE_SIZE_BYTES, 0, "0B", "So much stays in any case."},
      {"hold_time_max", TIDEMILL_TYPE_DURATION_MS, 0, "7d",
       "What is older goes whoever has not read it."},
      {"hold_size_max", TIDEMILL_TYPE_SIZE_BYTES, 0, "0B",
       "What lies beyond goes whoever has not read it; 0: no bound."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_FACT_GROUPS;

  explicit consumer_progress(const tidemill::sdk::host& host)
      : active_ms_(host.config().duration("active_time").count()),
        keep_ms_(host.config().duration("keep_time_min").count()),
        keep_bytes_(host.config().size_bytes("keep_size_min")),
        hold_ms_(host.config().duration("hold_time_max").count()),
        hold_bytes_(host.config().size_bytes("hold_size_max")) {
    if (active_ms_ < 0 || keep_ms_ < 0 || keep_bytes_ < 0 || hold_ms_ < 0 || hold_bytes_ < 0) {
      throw tidemill::sdk::config_error("expected times and sizes, not negative numbers");
    }
    if (host.config().has("groups")) {
      for (const std::string_view name : host.config().texts("groups")) {
        groups_.emplace_back(name);
      }
    }
  }

  tidemill::sdk::outcome vote(const tidemill_log& log, std::span<std::uint8_t> votes) const {
    tidemill::sdk::vote_by_time_and_size(log, votes);
    if ((log.facts & TIDEMILL_FACT_GROUPS) == 0) {
      return tidemill::sdk::failure{TIDEMILL_UNAVAILABLE,
                                    "what consumer groups have committed is not known"};
    }
    const std::int64_t consumed = groups_.empty() ? least_of_active(log) : least_of_named(log);
    std::int64_t remaining = log.size_bytes;
    for (std::uint32_t i = 0; i < log.segment_count; ++i) {
      remaining -= log.sizes_bytes[i];
      if (votes[i] == TIDEMILL_REMOVE) {
        continue;
      }
      const std::int64_t age_ms = log.now_ms - log.newest_timestamps_ms[i];
      const bool is_kept = (log.segment_flags[i] & TIDEMILL_SEGMENT_ACTIVE) != 0 ||
                           age_ms < keep_ms_ || remaining < keep_bytes_;
      const bool is_held = log.end_offsets[i] > consumed && age_ms <= hold_ms_ &&
                           (hold_bytes_ == 0 || remaining < hold_bytes_);
      if (is_kept || is_held) {
        break;
      }
      votes[i] = TIDEMILL_REMOVE;
    }
    return TIDEMILL_OK;
  }

 private:
  static constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::min();

  /// Everything before was committed by all; `nothing` while one of them has not committed.
  [[nodiscard]] std::int64_t least_of_named(const tidemill_log& log) const {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const std::string& name : groups_) {
      std::int64_t committed = nothing;
      for (std::uint32_t i = 0; i < log.group_count; ++i) {
        if (tidemill::sdk::bytes(log.group_ids[i]).text() == name) {
          committed = log.group_offsets[i];
        }
      }
      least = std::min(least, committed);
    }
    return least;
  }

  [[nodiscard]] std::int64_t least_of_active(const tidemill_log& log) const {
    // A host that does not tell how active they are: all of them count.
    const bool is_told = TIDEMILL_HAS(&log, group_member_counts);
    std::optional<std::int64_t> least;
    for (std::uint32_t i = 0; i < log.group_count; ++i) {
      if (is_told && log.group_member_counts[i] == 0 &&
          log.now_ms - log.group_commit_times_ms[i] > active_ms_) {
        continue;
      }
      least = std::min(least.value_or(log.group_offsets[i]), log.group_offsets[i]);
    }
    return least.value_or(nothing);
  }

  std::vector<std::string> groups_;
  std::int64_t active_ms_;
  std::int64_t keep_ms_;
  std::int64_t keep_bytes_;
  std::int64_t hold_ms_;
  std::int64_t hold_bytes_;
};
TIDEMILL_PLUGIN(consumer_progress)
