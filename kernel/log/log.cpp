#include "log/log.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"
#include "log/leftovers.hpp"
#include "log/read_memory.hpp"
#include "log/recovery.hpp"
#include "log/segment.hpp"

namespace tidemill::log {

result<std::unique_ptr<log>> log::open(const log_context& context, open_request request,
                                       recovery_report& report) {
  TIDEMILL_ASSERT(request.options != nullptr);
  report = {};
  std::unique_ptr<log> opened(new log(context, request));
  if (request.clean) {
    if (const auto& segments = request.clean->segments; request.exists) {
      TIDEMILL_TRY(remove_leftovers(
          context.disk, opened->directory_,
          segments.empty() ? request.clean->log_end : segments.front().base_offset));
    }
    opened->adopt(*request.clean, request.clean->log_end);
    return opened;
  }
  if (!request.exists) {
    opened->adopt({request.log_start, request.log_start, std::nullopt, {}}, request.log_start);
    return opened;
  }
  log_options options = *opened->options_;
  options.offsets_may_have_gaps = opened->gaps_allowed();
  const recovery_input input{
      context.disk,     context.clock,     opened->directory_,     options,
      request.observer, request.log_start, request.recovery_point, request.rewrite_tail};
  TIDEMILL_TRY_ASSIGN(recovered, recover(input, report));
  opened->adopt(recovered, report.recovery_point);
  opened->dirty_ = true;
  opened->directory_changes_ = 1;  // nobody knows whether what is there was ever made durable
  opened->unflushed_bytes_ = opened->options_->flush_size_bytes_max;  // what it may be is not known
  return opened;
}

log::log(const log_context& context, open_request& request)
    : context_(context),
      directory_(std::move(request.directory)),
      options_(std::move(request.options)),
      observer_(request.observer),
      topic_(request.topic),
      was_compacted_(request.was_compacted),
      in_service_(request.in_service) {
  open_hook_.owner = this;
}

log::~log() {
  context_.open.forget(open_hook_);
}

void log::adopt(const log_state& state, offset recovery_point) {
  log_start_ = state.log_start;
  log_end_ = state.log_end;
  last_epoch_ = state.last_epoch;
  recovery_point_ = std::min(recovery_point, log_end_);
  directory_exists_ = !state.segments.empty();
  segments_.reserve(state.segments.size());
  for (const segment_state& one : state.segments) {
    segments_.emplace_back(one);
    size_bytes_ += one.size_bytes;
  }
  if (!segments_.empty()) {
    write_back_begin_ = segments_.back().size_bytes();
  }
}

segment_place log::place() const noexcept {
  return {context_.disk, directory_};
}

offset log::recovery_point() const noexcept {
  return ledger_ != nullptr ? ledger_->synced_end : recovery_point_;
}

std::size_t log::segment_count() const noexcept {
  return segments_.size();
}

std::vector<segment_state> log::segments() const {
  std::vector<segment_state> states;
  states.reserve(segments_.size());
  for (const segment& one : segments_) {
    states.push_back(one.state());
  }
  return states;
}

void log::reconfigure(std::shared_ptr<const log_options> options) noexcept {
  TIDEMILL_ASSERT(options != nullptr);
  options_ = std::move(options);
}

std::optional<errc> log::write_obstacle() const noexcept {
  if (closed_) {
    return errc::closed;
  }
  if (corrupt_) {
    return errc::corrupt;
  }
  if (poisoned_ || (ledger_ != nullptr && ledger_->failed)) {
    return errc::poisoned;
  }
  return std::nullopt;
}

bool log::is_dirty() const noexcept {
  return dirty_ || recovery_point() < log_end_;
}

bool log::has_files_open() const noexcept {
  return std::any_of(segments_.begin(), segments_.end(),
                     [](const segment& one) { return one.is_open(); });
}

void log::enter_service() noexcept {
  in_service_ = true;
  if (has_files_open()) {
    note_use();
  }
}

void log::note_use() noexcept {
  if (in_service_) {
    context_.open.touch(open_hook_);
  }
}

void log::release_files() noexcept {
  for (segment& one : segments_) {
    one.release(place());
  }
  memory_.reset();
  context_.open.forget(open_hook_);
}

void log::release_sealed(std::size_t kept) noexcept {
  const auto sealed = std::span(segments_).first(segments_.empty() ? 0 : segments_.size() - 1);
  auto open_count = static_cast<std::size_t>(std::ranges::count_if(sealed, &segment::is_open));
  for (segment& one : sealed) {
    if (open_count <= kept) {
      return;
    }
    if (one.is_open()) {
      one.release(place());
      --open_count;
    }
  }
}

result<flush_job> log::begin_close() {
  TIDEMILL_TRY(check_writable());
  if (!is_dirty()) {
    return flush_job();
  }
  if (!segments_.empty()) {
    TIDEMILL_TRY(segments_.back().complete_indexes(place()));
  }
  return begin_flush(true, flush_segments_max);
}

result<log_state> log::close() {
  while (true) {
    TIDEMILL_TRY_ASSIGN(job, begin_close());
    if (job.empty()) {
      break;
    }
    const auto outcome = job.run();
    job.finish(outcome);
    TIDEMILL_TRY(outcome);
  }
  log_state state{log_start_, log_end_, last_epoch_, segments()};
  release_files();
  closed_ = true;
  return state;
}

void log::abandon() noexcept {
  for (segment& one : segments_) {
    one.drop_files();
  }
  memory_.reset();
  context_.open.forget(open_hook_);
  closed_ = true;
}

}  // namespace tidemill::log
