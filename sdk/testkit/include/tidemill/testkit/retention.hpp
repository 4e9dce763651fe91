#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tidemill/retention.h"
#include "tidemill/testkit/instance.hpp"

namespace tidemill::testkit {

/// A log for a retention policy to look at; the last segment that is added is the active one.
class log_builder {
 public:
  log_builder() {
    log.struct_size = sizeof log;
    topic_.struct_size = sizeof topic_;
    topic_.partition_count = 1;
    log.topic = &topic_;
    log.now_ms = 1'700'000'000'000;
    log.retention_ms = log.retention_bytes = -1;
    log.local_retention_ms = log.local_retention_bytes = -1;
    log.delete_retention_ms = -1;
    log.disk_free_bytes = log.disk_total_bytes = -1;
  }
  log_builder(const log_builder&) = delete;
  log_builder& operator=(const log_builder&) = delete;

  /// What does not follow from the segments.
  tidemill_log log{};

  log_builder& add(std::int64_t record_count, std::int64_t size_bytes, std::int64_t age_ms,
                   std::uint32_t flags = 0) {
    const std::int64_t base = end_.empty() ? 0 : end_.back();
    base_.push_back(base);
    end_.push_back(base + record_count);
    sizes_.push_back(size_bytes);
    newest_.push_back(log.now_ms - age_ms);
    flags_.push_back(flags);
    return *this;
  }

  [[nodiscard]] const tidemill_log& view() {
    log.segment_count = static_cast<std::uint32_t>(base_.size());
    log.base_offsets = base_.data();
    log.end_offsets = end_.data();
    log.sizes_bytes = sizes_.data();
    log.newest_timestamps_ms = newest_.data();
    log.first_timestamps_ms = newest_.data();
    shown_flags_ = flags_;
    if (!shown_flags_.empty()) {
      shown_flags_.back() |= TIDEMILL_SEGMENT_ACTIVE;
    }
    log.segment_flags = shown_flags_.data();
    log.size_bytes = 0;
    for (const std::int64_t size : sizes_) {
      log.size_bytes += size;
    }
    log.log_end_offset = end_.empty() ? 0 : end_.back();
    log.high_watermark = log.last_stable_offset = log.log_end_offset;
    return log;
  }

 private:
  tidemill_topic topic_{};
  std::vector<std::int64_t> base_, end_, sizes_, newest_;
  std::vector<std::uint32_t> flags_, shown_flags_;
};

/// A retention policy under test. A call that fails throws its message.
class retention {
 public:
  explicit retention(const std::string& path, const settings& given = {})
      : file_(path),
        table_(file_.kind<tidemill_retention>(TIDEMILL_RETENTION)),
        instance_(file_, given) {}

  /// One letter for each segment: k keep, r remove, l remove the local copy.
  [[nodiscard]] std::string vote(log_builder& builder) {
    const tidemill_log& log = builder.view();
    std::vector<std::uint8_t> votes(log.segment_count, TIDEMILL_KEEP);
    error_slot why;
    if (table_.vote(instance_.shard(), &log, votes.data(), why.raw()) != TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
    std::string letters;
    for (const std::uint8_t vote : votes) {
      letters += vote == TIDEMILL_KEEP           ? 'k'
                 : vote == TIDEMILL_REMOVE       ? 'r'
                 : vote == TIDEMILL_REMOVE_LOCAL ? 'l'
                                                 : '?';
    }
    return letters;
  }

 private:
  plugin_file file_;
  const tidemill_retention& table_;
  instance instance_;
};

}  // namespace tidemill::testkit
