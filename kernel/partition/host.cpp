#include "partition/host.hpp"

#include <algorithm>
#include <utility>

#include "partition/host_body.hpp"

namespace tidemill::partition {
namespace {

/// Empty for a partition that works, or has never been used.
std::string failure_of(const partition_slot& slot) {
  if (slot.here.is_open()) {
    return slot.here.failure();
  }
  return slot.opening && slot.opening->failure ? slot.opening->reason : std::string();
}

}  // namespace

void host_listener::codec_missing(std::string_view /*name*/,
                                  record::compression_type /*compression*/) {}

void host_listener::gave_up(std::string_view /*name*/, std::string_view /*what*/,
                            offset /*log_start*/) {}

host::host(const host_services& services, const host_options& options)
    : body_(std::make_shared<host_body>(services, options)) {}

host::~host() = default;

void host::start() {
  body_->start();
}
void host::stop(unique_function<void()> done) {
  body_->stop(std::move(done));
}

void host::assign(const partition_key& key, assignment assigned) {
  body_->assign(key, std::move(assigned));
}
void host::remove(const partition_key& key, unique_function<void(result<void>)> done) {
  body_->remove(key, std::move(done));
}
void host::open(const partition_key& key, open_completion done) {
  body_->open(key, std::move(done));
}

bool host::contains(const partition_key& key) const noexcept {
  return body_->find(key) != nullptr;
}

partition* host::find(const partition_key& key) noexcept {
  partition_slot* slot = body_->find(key);
  return slot != nullptr && slot->here.is_open() ? &slot->here : nullptr;
}

host::figures host::count() const noexcept {
  figures all;
  for (const auto& [key, slot] : body_->slots()) {
    ++all.assigned;
    all.open += slot.here.is_open() ? 1U : 0U;
    // One that is tried again has failed until that succeeds.
    if (!failure_of(slot).empty()) {
      ++all.failed;
    } else if (slot.opening && slot.opening->running) {
      ++all.opening;
    }
  }
  all.scrubbed_bytes = body_->scrub().scrubbed_bytes();
  all.scrub_passes = body_->scrub().passes();
  const auto& compaction = body_->compactor().count();
  all.compaction_passes = compaction.passes;
  all.compaction_read_bytes = compaction.read_bytes;
  all.compaction_written_bytes = compaction.written_bytes;
  all.compaction_records_removed = compaction.records_removed;
  all.compaction_freed_bytes = compaction.freed_bytes;
  all.compaction_backlog_bytes = compaction.backlog_bytes;
  all.compaction_left_bytes = compaction.left_bytes;
  all.compaction_stopped = compaction.stopped;
  return all;
}

std::vector<host::failed_partition> host::failures() const {
  std::vector<failed_partition> failed;
  for (const auto& [key, slot] : body_->slots()) {
    if (std::string reason = failure_of(slot); !reason.empty()) {
      failed.push_back({slot.here.name(), std::move(reason)});
    }
  }
  std::ranges::sort(failed, {}, &failed_partition::name);
  return failed;
}

void host::visit(unique_function<void(const partition&)> visitor) const {
  for (const auto& [key, slot] : body_->slots()) {
    visitor(slot.here);
  }
}

}  // namespace tidemill::partition
