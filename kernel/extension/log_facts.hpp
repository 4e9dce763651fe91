#pragma once

#include <vector>

#include "partition/retention_extension.hpp"
#include "tidemill/retention.h"

namespace tidemill::extension {

/// A log as a retention plugin sees it. One thread; made for one question, which outlives it.
class log_facts {
 public:
  explicit log_facts(const partition::retention_question& question);
  log_facts(const log_facts&) = delete;
  log_facts& operator=(const log_facts&) = delete;

  [[nodiscard]] const tidemill_log& view() const noexcept { return view_; }

 private:
  void show_segments(const partition::retention_question& question);
  void show_groups(const std::vector<partition::group_progress>& groups);

  tidemill_topic topic_{};
  tidemill_log view_{};
  std::vector<std::int64_t> base_offsets_;
  std::vector<std::int64_t> end_offsets_;
  std::vector<std::int64_t> sizes_bytes_;
  std::vector<std::int64_t> newest_timestamps_ms_;
  std::vector<std::int64_t> first_timestamps_ms_;
  std::vector<std::uint32_t> flags_;
  std::vector<tidemill_bytes> group_ids_;
  std::vector<std::int64_t> group_offsets_;
  std::vector<std::int64_t> group_commit_times_ms_;
  std::vector<std::uint32_t> group_member_counts_;
};

}  // namespace tidemill::extension
