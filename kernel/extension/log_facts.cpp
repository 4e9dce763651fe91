#include "extension/log_facts.hpp"

#include <algorithm>

#include "extension/batch_columns.hpp"

namespace tidemill::extension {
namespace {

std::int64_t milliseconds(io::wall_time time) noexcept {
  return time.time_since_epoch().count();
}

}  // namespace

log_facts::log_facts(const partition::retention_question& question) {
  topic_.struct_size = sizeof topic_;
  topic_.partition_count = question.partition_count;
  topic_.name = known_text(question.topic_name);
  std::ranges::copy(question.topic.octets, topic_.id.bytes);
  topic_.epoch = question.settings_epoch;

  view_.struct_size = sizeof view_;
  view_.facts = TIDEMILL_FACT_FIRST_TIMESTAMPS;
  view_.topic = &topic_;
  view_.partition = question.partition.value();
  view_.now_ms = milliseconds(question.now);
  view_.log_start_offset = question.log_start.value();
  view_.last_stable_offset = question.last_stable_offset.value();
  view_.high_watermark = question.high_watermark.value();
  view_.log_end_offset = question.log_end.value();
  view_.size_bytes = static_cast<std::int64_t>(question.size_bytes);
  view_.retention_ms = question.limits.age_max ? question.limits.age_max->count() : -1;
  view_.retention_bytes = question.limits.size_bytes_max
                              ? static_cast<std::int64_t>(*question.limits.size_bytes_max)
                              : -1;
  // There is no remote storage yet, so what is local is all.
  view_.local_retention_ms = view_.retention_ms;
  view_.local_retention_bytes = view_.retention_bytes;
  view_.delete_retention_ms = question.delete_retention.count();
  view_.disk_free_bytes = -1;
  view_.disk_total_bytes = -1;
  if (question.disk) {
    view_.facts |= TIDEMILL_FACT_DISK;
    view_.disk_free_bytes = static_cast<std::int64_t>(question.disk->available_bytes);
    view_.disk_total_bytes = static_cast<std::int64_t>(question.disk->total_bytes);
  }
  show_segments(question);
  if (question.groups) {
    show_groups(*question.groups);
  }
}

void log_facts::show_groups(const std::vector<partition::group_progress>& groups) {
  for (const partition::group_progress& one : groups) {
    group_ids_.push_back(known_text(one.group));
    group_offsets_.push_back(one.committed.value());
    group_commit_times_ms_.push_back(milliseconds(one.committed_at));
    group_member_counts_.push_back(one.member_count);
  }
  view_.facts |= TIDEMILL_FACT_GROUPS;
  view_.group_count = static_cast<std::uint32_t>(groups.size());
  view_.group_ids = group_ids_.data();
  view_.group_offsets = group_offsets_.data();
  view_.group_commit_times_ms = group_commit_times_ms_.data();
  view_.group_member_counts = group_member_counts_.data();
}

void log_facts::show_segments(const partition::retention_question& question) {
  for (const log::segment_facts& one : question.segments) {
    base_offsets_.push_back(one.base_offset.value());
    end_offsets_.push_back(one.end_offset.value());
    sizes_bytes_.push_back(static_cast<std::int64_t>(one.size_bytes));
    newest_timestamps_ms_.push_back(milliseconds(one.newest));
    first_timestamps_ms_.push_back(one.first ? milliseconds(*one.first) : -1);
    flags_.push_back(one.is_active ? TIDEMILL_SEGMENT_ACTIVE : 0U);
  }
  view_.segment_count = static_cast<std::uint32_t>(question.segments.size());
  view_.base_offsets = base_offsets_.data();
  view_.end_offsets = end_offsets_.data();
  view_.sizes_bytes = sizes_bytes_.data();
  view_.newest_timestamps_ms = newest_timestamps_ms_.data();
  view_.first_timestamps_ms = first_timestamps_ms_.data();
  view_.segment_flags = flags_.data();
}

}  // namespace tidemill::extension
