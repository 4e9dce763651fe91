#include "network/response_writer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tidemill::network {
namespace {

bool would_block(const error_code& error) noexcept {
  return error == boost::system::errc::operation_would_block ||
         error == boost::system::errc::resource_unavailable_try_again;
}

bool is_writable_state(response_queue::state progress) noexcept {
  return progress == response_queue::state::ready || progress == response_queue::state::nothing;
}

}  // namespace

response_writer::outcome response_writer::write(response_queue& queue, io::stream& to,
                                                scratch& copies, std::size_t turn_bytes_max,
                                                std::uint64_t& sent) {
  const std::uint64_t sent_before = sent;
  while (true) {
    pop_finished(queue);
    if (queue.is_empty() || queue.peek(0).progress == response_queue::state::in_work) {
      return outcome::done;
    }
    if (queue.peek(0).progress == response_queue::state::close) {
      return outcome::close_asked;
    }
    const std::uint64_t spent = sent - sent_before;
    if (spent >= turn_bytes_max) {
      return outcome::turn_over;
    }
    gathered ready;
    if (const auto read = gather(queue, copies, ready); !read) {
      error_ = read.error();
      return outcome::file_failed;
    }
    if (ready.count > 0) {
      const std::span<const bytes_view> pieces(ready.pieces.data(), ready.count);
      const auto written = to.write_some(pieces, ready.range_follows);
      if (!written) {
        return failed(written.error());
      }
      sent += *written;
      advance(queue, *written);
      continue;
    }
    if (ready.cold) {
      return outcome::cold;
    }
    const outcome range = send_range(queue, to, turn_bytes_max - spent, sent);
    if (range != outcome::done) {
      return range;
    }
  }
}

file_slice response_writer::take_cold_range(response_queue& queue) noexcept {
  const file_slice& slice = queue.peek(0).answer.slices[slice_];
  const std::uint64_t size = std::min<std::uint64_t>(slice.size - slice_byte_, slice_bytes_max);
  warm_until_ = slice_byte_ + size;
  return {
      .file = slice.file, .position = slice.position + slice_byte_, .size = size, .insert_at = 0};
}

// Collects what can go out in one call, from the writer's position over as many completed responses
// as fit.
result<void> response_writer::gather(response_queue& queue, scratch& copies, gathered& into) const {
  position at{.entry = 0, .byte = byte_, .slice = slice_, .slice_byte = slice_byte_};
  while (at.entry < queue.size() && is_writable_state(queue.peek(at.entry).progress)) {
    const response& answer = queue.peek(at.entry).answer;
    if (!gather_bytes(answer, at, into)) {
      return {};
    }
    if (at.slice < answer.slices.size()) {
      TIDEMILL_TRY_ASSIGN(next, gather_range(answer, at, copies, into));
      if (next == gathering::stop) {
        return {};
      }
      continue;
    }
    at = {.entry = at.entry + 1};
  }
  return {};
}

// The bytes up to the next range or the end of the response; false when no piece is left for them.
bool response_writer::gather_bytes(const response& answer, position& at, gathered& into) const {
  const std::size_t end =
      at.slice < answer.slices.size() ? answer.slices[at.slice].insert_at : answer.bytes.size();
  if (at.byte < end) {
    if (into.count == pieces_max) {
      return false;
    }
    into.pieces[into.count++] = bytes_view(answer.bytes).subspan(at.byte, end - at.byte);
    into.bytes += end - at.byte;
    at.byte = end;
  }
  return true;
}

// Copies a small range; stops when the range must go out on its own or later.
result<response_writer::gathering> response_writer::gather_range(const response& answer,
                                                                 position& at, scratch& copies,
                                                                 gathered& into) const {
  const file_slice& slice = answer.slices[at.slice];
  const auto left = static_cast<std::size_t>(slice.size - at.slice_byte);
  const std::uint64_t from = slice.position + at.slice_byte;
  const bool is_large = left >= copied_range_bytes_max;
  if (is_large && into.count > 0) {
    into.range_follows = true;
    return gathering::stop;
  }
  const bool is_head = at.entry == 0 && at.slice == slice_;
  const bool is_warm = is_head && at.slice_byte < warm_until_;
  const std::size_t looked_at = std::min(left, slice_bytes_max);
  if (left > 0 && !is_warm && !slice.file->is_resident(from, looked_at)) {
    into.cold = true;
    return gathering::stop;
  }
  if (is_large) {
    return gathering::stop;
  }
  if (left > copies.size() - into.copied || into.count == pieces_max) {
    return gathering::stop;
  }
  if (left > 0) {
    const mutable_bytes place = mutable_bytes(copies).subspan(into.copied, left);
    TIDEMILL_TRY_ASSIGN(size, slice.file->read_at(from, place));
    if (size < left) {
      return make_error_code(boost::system::errc::io_error);
    }
    into.pieces[into.count++] = place;
    into.copied += left;
    into.bytes += left;
  }
  ++at.slice;
  at.slice_byte = 0;
  return gathering::go_on;
}

response_writer::outcome response_writer::send_range(response_queue& queue, io::stream& to,
                                                     std::size_t size_max, std::uint64_t& sent) {
  const file_slice& slice = queue.peek(0).answer.slices[slice_];
  const std::uint64_t left = slice.size - slice_byte_;
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>({left, size_max, slice_bytes_max}));
  const auto taken = to.send_file(*slice.file, slice.position + slice_byte_, size);
  if (!taken) {
    return failed(taken.error());
  }
  if (*taken == 0) {  // the file ends before the range does
    error_ = make_error_code(boost::system::errc::io_error);
    return outcome::file_failed;
  }
  sent += *taken;
  advance(queue, *taken);
  return outcome::done;
}

// Moves the position over bytes and ranges in the order in which they left.
void response_writer::advance(response_queue& queue, std::size_t bytes) noexcept {
  while (bytes > 0) {
    const response& answer = queue.peek(0).answer;
    const bool has_range = slice_ < answer.slices.size();
    const std::size_t end = has_range ? answer.slices[slice_].insert_at : answer.bytes.size();
    const std::size_t step = std::min(bytes, end - byte_);
    byte_ += step;
    bytes -= step;
    if (has_range && byte_ == end) {
      const std::uint64_t left = answer.slices[slice_].size - slice_byte_;
      const std::uint64_t of_range = std::min<std::uint64_t>(bytes, left);
      slice_byte_ += of_range;
      bytes -= static_cast<std::size_t>(of_range);
    }
    pop_finished(queue);
  }
}

void response_writer::pop_finished(response_queue& queue) noexcept {
  while (!queue.is_empty() && is_writable_state(queue.peek(0).progress)) {
    const response& answer = queue.peek(0).answer;
    while (slice_ < answer.slices.size() && byte_ == answer.slices[slice_].insert_at &&
           slice_byte_ == answer.slices[slice_].size) {
      ++slice_;
      slice_byte_ = warm_until_ = 0;
    }
    if (byte_ < answer.bytes.size() || slice_ < answer.slices.size()) {
      return;
    }
    queue.pop();
    byte_ = slice_ = 0;
    slice_byte_ = warm_until_ = 0;
  }
}

response_writer::outcome response_writer::failed(error_code error) noexcept {
  if (would_block(error)) {
    return outcome::blocked;
  }
  error_ = error;
  return outcome::peer_failed;
}

}  // namespace tidemill::network
