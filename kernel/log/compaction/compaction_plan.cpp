#include "log/compaction/compaction_plan.hpp"

namespace tidemill::log {
namespace {

/// As Kafka: by the latest timestamp of the segment, or its last write where it bears none.
bool is_young(const segment_state& state, const compaction_policy& policy, std::int64_t now_ms) {
  if (policy.lag_min.count() == 0) {
    return false;
  }
  const std::int64_t newest_ms =
      state.max_timestamp_ms >= 0 ? state.max_timestamp_ms : state.written_ms;
  return newest_ms > now_ms - policy.lag_min.count();
}

bool is_overdue(const segment_state& state, const compaction_policy& policy, std::int64_t now_ms) {
  return policy.lag_max && state.first_timestamp_ms >= 0 &&
         state.first_timestamp_ms < now_ms - policy.lag_max->count();
}

}  // namespace

last_batches last_batches_of(const producer_states& producers, offset durable_end) {
  last_batches all;
  for (const producer_entry& entry : producers.entries()) {
    last_batch last;
    last.epoch = entry.epoch;
    last.is_unknown = entry.latest() != nullptr;
    for (const producer_batch& batch : entry.remembered()) {
      if (batch.last_offset < durable_end) {
        last.last_offset = batch.last_offset;
        last.is_unknown = false;
      }
    }
    all.emplace(entry.id.value(), last);
  }
  return all;
}

compaction_plan plan_compaction(const std::vector<segment_state>& segments, offset log_start,
                                offset bound, std::optional<offset> cleaned_to,
                                const compaction_policy& policy, std::int64_t now_ms) {
  compaction_plan plan;
  plan.first_dirty = log_start;
  // A checkpoint outside the log is of another time of it: all of it counts as dirty.
  if (cleaned_to && !segments.empty() && *cleaned_to > log_start &&
      *cleaned_to <= segments.back().base_offset) {
    plan.first_dirty = *cleaned_to;
  }
  for (std::size_t index = 0; index + 1 < segments.size(); ++index) {
    const segment_state& state = segments[index];
    const offset end = segments[index + 1].base_offset;
    if (end <= log_start) {
      continue;
    }
    const bool is_dirty = end > plan.first_dirty;
    if (end > bound || (is_dirty && is_young(state, policy, now_ms))) {
      break;
    }
    plan.sources.push_back({state, end});
    (is_dirty ? plan.dirty_bytes : plan.clean_bytes) += state.size_bytes;
    plan.is_overdue = plan.is_overdue || (is_dirty && is_overdue(state, policy, now_ms));
  }
  return plan;
}

}  // namespace tidemill::log
