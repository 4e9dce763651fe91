#include "kafka/position.hpp"

#include <algorithm>
#include <chrono>

#include "kafka/cluster_view.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

outcome<position> position_of(const std::string& option, const std::string& text,
                              std::int64_t now) {
  using kind = position::kind;
  if (text == "start" || text == "end") {
    return position{text == "start" ? kind::start : kind::end, 0};
  }
  if (const auto number = number_of(text)) {
    return *number < 0 ? position{kind::back, -*number} : position{kind::offset, *number};
  }
  if (text.starts_with('@')) {
    if (const auto number = number_of(std::string_view(text).substr(1)); number && *number >= 0) {
      return position{kind::time, *number};
    }
  }
  if (text.starts_with('-')) {
    if (const auto ago = duration_of(std::string_view(text).substr(1))) {
      return position{kind::time, std::max<std::int64_t>(0, now - ago->count())};
    }
  }
  if (const auto time = time_of(text); time && *time >= 0) {
    return position{kind::time, *time};
  }
  return problem{option + ": found '" + text + "', expected " + position_help,
                 "for example " + option + " -1000, or " + option + " 2026-11-28T12:00", 2};
}

outcome<std::vector<topic_partition>> partitions_of(const client& brokers, const std::string& topic,
                                                    const std::vector<int>& only) {
  const auto view = view_topic(brokers, topic);
  if (!view) {
    return view.error();
  }
  const auto count = static_cast<std::int32_t>(view->topics.front().partitions.size());
  std::vector<topic_partition> all;
  for (const int index : only) {
    if (index < 0 || index >= count) {
      return problem{"topic " + topic + " has no partition " + std::to_string(index) +
                         ", expected 0 to " + std::to_string(count - 1),
                     "see them: tidectl topic describe " + topic, 2};
    }
    all.push_back({topic, index});
  }
  for (std::int32_t index = 0; only.empty() && index < count; ++index) {
    all.push_back({topic, index});
  }
  return all;
}

outcome<log_bounds> bounds_of(const client& brokers,
                              const std::vector<topic_partition>& partitions) {
  auto starts = offsets_at(brokers, partitions, at_start);
  auto ends = starts ? offsets_at(brokers, partitions, at_end) : starts;
  if (!ends) {
    return ends.error();
  }
  return log_bounds{std::move(*starts), std::move(*ends)};
}

outcome<offset_map> resolve(const client& brokers, const log_bounds& bounds,
                            const position& wanted) {
  using kind = position::kind;
  offset_map found;
  if (wanted.what == kind::time) {
    std::vector<topic_partition> partitions;
    for (const auto& [where, end] : bounds.ends) {
      partitions.push_back(where);
    }
    auto at_time = offsets_at(brokers, partitions, wanted.value);
    if (!at_time) {
      return at_time;
    }
    found = std::move(*at_time);
  }
  for (const auto& [where, end] : bounds.ends) {
    const std::int64_t start = bounds.starts.at(where);
    std::int64_t& to = found[where];
    switch (wanted.what) {
      case kind::start:
        to = start;
        break;
      case kind::end:
        to = end;
        break;
      case kind::offset:
        to = wanted.value;
        break;
      case kind::back:
        to = end - std::min(wanted.value, end - start);
        break;
      case kind::time:
        break;
    }
    to = std::clamp(to, start, std::max(start, end));
  }
  return found;
}

}  // namespace tidemill::cli
