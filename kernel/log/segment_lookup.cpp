#include "log/segment_lookup.hpp"

#include <algorithm>

#include "log/batch_walk.hpp"
#include "log/errc.hpp"

namespace tidemill::log {

result<std::optional<batch_place>> segment_lookup::find(offset target) {
  return with_repair([&] { return try_find(target); });
}

result<segment_lookup::cut> segment_lookup::find_boundary(std::uint64_t start,
                                                          std::uint64_t position) {
  return with_repair([&] { return try_find_boundary(start, position); });
}

result<std::optional<batch_place>> segment_lookup::find_time(std::int64_t timestamp_ms,
                                                             offset from) {
  return with_repair([&] { return try_find_time(timestamp_ms, from); });
}

result<segment_state> segment_lookup::state_before(std::uint64_t position) {
  return with_repair([&] { return try_state_before(position); });
}

template <class Attempt>
auto segment_lookup::with_repair(Attempt attempt) -> decltype(attempt()) {
  auto found = attempt();
  if (found || found.error() != errc::corrupt) {
    return found;
  }
  if (auto rebuilt = segment_.rebuild_indexes(place_, index_interval_bytes_, damaged_); !rebuilt) {
    return rebuilt.error();
  }
  return attempt();
}

result<std::optional<batch_place>> segment_lookup::try_find(offset target) {
  TIDEMILL_TRY_ASSIGN(begin, indexed_position(target));
  header_walk walk(*segment_.file(), begin, segment_.size_bytes(), segment_.base_offset());
  while (true) {
    auto more = walk.next();
    if (!more) {
      return more.error() == errc::corrupt ? damaged(walk.position()) : more.error();
    }
    if (*more == walk_step::end) {
      return std::optional<batch_place>();
    }
    if (walk.header().last_offset() >= target) {
      return std::optional(batch_place{walk.position(), walk.header().base_offset()});
    }
  }
}

result<segment_lookup::cut> segment_lookup::try_find_boundary(std::uint64_t start,
                                                              std::uint64_t position) {
  TIDEMILL_TRY(segment_.open(place_));
  TIDEMILL_TRY_ASSIGN(index, segment_.offsets(place_));
  TIDEMILL_TRY_ASSIGN(entry, index->at_or_before(position));
  std::uint64_t begin = start;
  if (entry && entry->position > start) {
    TIDEMILL_TRY_ASSIGN(checked, check_entry(*entry));
    begin = checked;
  }
  header_walk walk(*segment_.file(), begin, segment_.size_bytes(), segment_.base_offset());
  while (true) {
    auto more = walk.next();
    if (!more) {
      return more.error() == errc::corrupt ? damaged(walk.position()) : more.error();
    }
    if (*more == walk_step::end) {
      return cut{segment_.size_bytes(), std::nullopt, segment_.size_bytes(), std::nullopt};
    }
    if (walk.end_position() > position) {
      return cut{walk.position(), walk.header().base_offset(), walk.end_position(),
                 walk.header().next_offset()};
    }
  }
}

result<std::optional<batch_place>> segment_lookup::try_find_time(std::int64_t timestamp_ms,
                                                                 offset from) {
  TIDEMILL_TRY(segment_.open(place_));
  TIDEMILL_TRY_ASSIGN(index, segment_.times(place_));
  TIDEMILL_TRY_ASSIGN(entry, index->at_or_before(timestamp_ms));
  offset begin_offset = std::max(from, segment_.base_offset());
  if (entry) {
    begin_offset =
        std::max(begin_offset, segment_.base_offset() + offset_delta{entry->relative_offset});
  }
  TIDEMILL_TRY_ASSIGN(begin, indexed_position(begin_offset));
  header_walk walk(*segment_.file(), begin, segment_.size_bytes(), segment_.base_offset());
  while (true) {
    auto more = walk.next();
    if (!more) {
      return more.error() == errc::corrupt ? damaged(walk.position()) : more.error();
    }
    if (*more == walk_step::end) {
      return std::optional<batch_place>();
    }
    if (walk.header().last_offset() >= from && walk.header().max_timestamp_ms() >= timestamp_ms) {
      return std::optional(batch_place{walk.position(), walk.header().base_offset()});
    }
  }
}

result<segment_state> segment_lookup::try_state_before(std::uint64_t position) {
  TIDEMILL_TRY(segment_.open(place_));
  segment_state state = segment_.state();
  state.size_bytes = position;
  state.max_timestamp_ms = -1;
  state.max_timestamp_offset = state.base_offset;
  if (position == 0) {
    state.first_timestamp_ms = -1;
    return state;
  }
  TIDEMILL_TRY_ASSIGN(by_offset, segment_.offsets(place_));
  TIDEMILL_TRY_ASSIGN(indexed, by_offset->at_or_before(position - 1));
  std::uint64_t begin = 0;
  if (indexed) {
    TIDEMILL_TRY_ASSIGN(checked, check_entry(*indexed));
    begin = checked;
    TIDEMILL_TRY_ASSIGN(by_time, segment_.times(place_));
    TIDEMILL_TRY_ASSIGN(newest, by_time->last_where([&](const time_index_entry& entry) {
      return entry.relative_offset <= indexed->relative_offset;
    }));
    if (newest) {
      state.max_timestamp_ms = newest->timestamp_ms;
      state.max_timestamp_offset = state.base_offset + offset_delta{newest->relative_offset};
    }
  }
  header_walk walk(*segment_.file(), begin, position, segment_.base_offset());
  while (true) {
    auto more = walk.next();
    if (!more) {
      return more.error() == errc::corrupt ? damaged(walk.position()) : more.error();
    }
    if (*more == walk_step::end) {
      return state;
    }
    if (walk.header().max_timestamp_ms() > state.max_timestamp_ms &&
        walk.header().record_count() > 0) {
      state.max_timestamp_ms = walk.header().max_timestamp_ms();
      state.max_timestamp_offset = walk.header().last_offset();
    }
  }
}

result<std::uint64_t> segment_lookup::indexed_position(offset at_or_below) {
  TIDEMILL_TRY(segment_.open(place_));
  if (at_or_below < segment_.base_offset()) {
    return std::uint64_t{0};
  }
  TIDEMILL_TRY_ASSIGN(index, segment_.offsets(place_));
  const auto relative = static_cast<std::uint64_t>((at_or_below - segment_.base_offset()).value());
  TIDEMILL_TRY_ASSIGN(entry, index->at_or_below(relative));
  if (!entry) {
    return std::uint64_t{0};
  }
  return check_entry(*entry);
}

result<std::uint64_t> segment_lookup::check_entry(const offset_index_entry& entry) {
  if (entry.position >= segment_.size_bytes()) {
    return damaged(entry.position);
  }
  header_walk walk(*segment_.file(), entry.position, segment_.size_bytes(), segment_.base_offset());
  auto more = walk.next();
  if (!more) {
    return more.error() == errc::corrupt ? damaged(entry.position) : more.error();
  }
  const offset indexed = segment_.base_offset() + offset_delta{entry.relative_offset};
  if (walk.header().last_offset() != indexed) {
    return damaged(entry.position);
  }
  return std::uint64_t{entry.position};
}

boost::system::error_code segment_lookup::damaged(std::uint64_t position) noexcept {
  damaged_ = position;
  return errc::corrupt;
}

}  // namespace tidemill::log
