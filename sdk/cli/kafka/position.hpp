#pragma once

#include <cstdint>
#include <string>

#include "kafka/offsets.hpp"

namespace tidemill::cli {

/// A place in a log, as people name it.
struct position {
  enum class kind {
    start,
    end,
    offset,  ///< value
    back,    ///< value records before the end
    time     ///< value milliseconds since 1970: the first record that is not earlier
  };
  kind what = kind::start;
  std::int64_t value = 0;
};

/// "start", "end", "1234" (an offset), "-1000" (the last 1,000 records), "2026-11-28T12:00" (UTC
/// unless it says otherwise), "@1764331200000" (milliseconds), "-15m" (so long before `now_ms`).
/// `option` begins the sentence of a problem.
[[nodiscard]] outcome<position> position_of(const std::string& option, const std::string& text,
                                            std::int64_t now_ms);
/// How positions are written, for --help.
inline constexpr const char* position_help =
    "start, end, an offset, -N (the last N records), a time (2026-11-28T12:00, @MILLISECONDS), or "
    "-15m, -2h, -7d (so long ago)";

/// Milliseconds since 1970.
[[nodiscard]] std::int64_t now_ms();

/// All partitions of a topic, or those of them that are named: a problem where one is not there.
[[nodiscard]] outcome<std::vector<topic_partition>> partitions_of(const client& brokers,
                                                                  const std::string& topic,
                                                                  const std::vector<int>& only);

/// Where each partition's log starts and ends.
struct log_bounds {
  offset_map starts;
  offset_map ends;
};
[[nodiscard]] outcome<log_bounds> bounds_of(const client& brokers,
                                            const std::vector<topic_partition>& partitions);

/// The offset of the position in each partition, within its bounds.
[[nodiscard]] outcome<offset_map> resolve(const client& brokers, const log_bounds& bounds,
                                          const position& wanted);

}  // namespace tidemill::cli
