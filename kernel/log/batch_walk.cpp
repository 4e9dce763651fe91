#include "log/batch_walk.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"
#include "record/validate.hpp"

namespace tidemill::log {
namespace {
constexpr std::size_t scan_buffer_size = std::size_t{1} << 20;
using cut_reason = recovery_report::cut_reason;

/// Far more than a log can reach, and far enough from the end of the type.
bool plausible(offset base) noexcept {
  return base < offset_limit;
}
}  // namespace

result<walk_step> header_walk::next() {
  position_ = next_;
  if (position_ == end_) {
    return walk_step::end;
  }
  if (end_ - position_ < record::batch_header_size) {
    return make_error_code(errc::corrupt);
  }
  TIDEMILL_TRY(fill(position_));
  const auto extent = record::peek_batch(bytes_view(buffer_).subspan(position_ - buffer_begin_));
  if (extent.presence == record::batch_extent::state::invalid ||
      extent.size_bytes > end_ - position_ || extent.size_bytes < record::batch_header_size) {
    return make_error_code(errc::corrupt);
  }
  if (header().base_offset() < lowest_ || !plausible(header().base_offset()) ||
      header().last_offset_delta() < offset_delta{0}) {
    return make_error_code(errc::corrupt);
  }
  lowest_ = header().next_offset();
  next_ = position_ + extent.size_bytes;
  return walk_step::batch;
}

record::batch_view header_walk::header() const noexcept {
  return record::batch_view(
      bytes_view(buffer_).subspan(position_ - buffer_begin_, record::batch_header_size));
}

result<void> header_walk::fill(std::uint64_t position) {
  if (position >= buffer_begin_ &&
      position + record::batch_header_size <= buffer_begin_ + buffer_size_) {
    return {};
  }
  const auto wanted = std::min<std::uint64_t>(buffer_.size(), end_ - position);
  TIDEMILL_TRY_ASSIGN(got, file_.read_at(position, mutable_bytes(buffer_).first(wanted)));
  buffer_begin_ = position;
  buffer_size_ = got;
  if (got < record::batch_header_size) {
    return make_error_code(errc::corrupt);
  }
  return {};
}

batch_scan::batch_scan(const io::file& file, std::uint64_t position, std::uint64_t end,
                       const rules& expectations)
    : file_(file), next_(position), end_(end), rules_(expectations), buffer_position_(position) {}

result<walk_step> batch_scan::next() {
  position_ = next_;
  if (position_ == end_) {
    return walk_step::end;
  }
  bool is_there = false;
  TIDEMILL_TRY(ensure(record::batch_prefix_size, is_there));
  if (!is_there) {
    return stop(cut_reason::torn_batch);
  }
  const auto extent = record::peek_batch(bytes_view(buffer_).subspan(batch_begin_));
  if (extent.presence == record::batch_extent::state::invalid) {
    return stop(cut_reason::invalid_header);
  }
  TIDEMILL_TRY(ensure(extent.size_bytes, is_there));
  if (!is_there) {
    return stop(cut_reason::torn_batch);
  }
  const auto checked =
      record::validate_stored(bytes_view(buffer_).subspan(batch_begin_, extent.size_bytes));
  if (!checked) {
    const bool checksum = checked.error() == record::errc::crc_mismatch;
    return stop(checksum ? cut_reason::crc_mismatch : cut_reason::invalid_header);
  }
  const offset base = checked->base_offset();
  if (!plausible(base) || checked->last_offset_delta() < offset_delta{0}) {
    return stop(cut_reason::invalid_header);
  }
  if (rules_.gaps_allowed ? base < rules_.expected : base != rules_.expected) {
    return stop(cut_reason::offset_mismatch);
  }
  batch_size_ = extent.size_bytes;
  next_ = position_ + batch_size_;
  rules_.expected = checked->next_offset();
  return walk_step::batch;
}

walk_step batch_scan::stop(cut_reason why) noexcept {
  flaw_ = why;
  batch_size_ = 0;
  end_ = position_;  // nothing comes after a flaw
  next_ = position_;
  return walk_step::end;
}

/// Whether the file goes on for so many bytes from position_ on; they are then in the buffer.
result<void> batch_scan::ensure(std::size_t size_bytes, bool& there) {
  there = size_bytes <= end_ - position_;
  if (!there) {
    return {};
  }
  const std::uint64_t have = buffer_position_ + buffer_.size();
  batch_begin_ = static_cast<std::size_t>(position_ - buffer_position_);
  if (have >= position_ + size_bytes) {
    return {};
  }
  const std::size_t kept = have > position_ ? static_cast<std::size_t>(have - position_) : 0;
  if (kept > 0) {
    std::memmove(buffer_.data(), buffer_.data() + batch_begin_, kept);
  }
  const std::uint64_t wanted =
      std::min<std::uint64_t>(std::max(size_bytes, scan_buffer_size), end_ - position_);
  buffer_.resize(static_cast<std::size_t>(wanted));
  buffer_position_ = position_;
  batch_begin_ = 0;
  TIDEMILL_TRY_ASSIGN(got, file_.read_at(position_ + kept, mutable_bytes(buffer_).subspan(kept)));
  buffer_.resize(kept + got);
  there = buffer_.size() >= size_bytes;
  return {};
}

}  // namespace tidemill::log
