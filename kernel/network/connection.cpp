#include "network/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::network {
namespace {

bool would_block(const error_code& error) noexcept {
  return error == boost::system::errc::operation_would_block ||
         error == boost::system::errc::resource_unavailable_try_again;
}

}  // namespace

connection::connection(connection_host& host, std::unique_ptr<io::stream> stream,
                       connection_info info)
    : host_(host),
      stream_(std::move(stream)),
      reader_(host.limit.request_size_bytes_max, host.budget, info.id),
      info_(std::move(info)),
      held_(info_.id),
      common_(info_.id),
      active_at_(host.now) {}

connection::~connection() {
  TIDEMILL_ASSERT(!is_open_);
}

void connection::start() {
  host_.watch(*this, host_.now + host_.limit.idle_max);
  // A client usually has sent its first request by now.
  read();
  go_on();
}

void connection::on_readable() {
  const auto self = shared_from_this();
  is_reading_ = false;
  read();
  go_on();
}

void connection::on_writable() {
  const auto self = shared_from_this();
  is_writing_ = false;
  // In turn with all others: a fast reader must not keep the sockets of producers waiting.
  host_.want_turn(*this);
}

void connection::turn() {
  // What is ready leaves first: for a peer that is gone or does not read nothing more is done.
  const std::uint64_t sent_before = host_.counted.bytes_out;
  const std::size_t bytes_max = host_.turn_bytes();
  const bool has_left = flush(bytes_max);
  dispatch();
  const std::uint64_t sent = host_.counted.bytes_out - sent_before;
  if (has_left) {
    flush(bytes_max - static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, sent)));
  }
  go_on();
}

void connection::memory_available() {
  waits_for_memory_ = false;
  if (!may_take_request() || has_waiting_request()) {
    host_.budget.end_overdraft(info_.id);  // it does not read now: others go first
  }
  read();
  go_on();
}

// One read, then the other connections have their turn.
void connection::read() {
  if (!is_open_ || is_reading_ || waits_for_memory_ || has_waiting_request() ||
      !may_take_request()) {
    return;
  }
  if (!reader_.reserve()) {
    waits_for_memory_ = true;
    memory_wait_began_ = host_.now;
    ++host_.counted.memory_waits;
    host_.budget.wait(info_.id, reader_.missing());
    host_.memory_freed();  // the queue may have been empty: then this is the first of it
    return;
  }
  const read_room room = host_.slabs.room();
  frame_reader::read_pieces pieces;
  const auto size = stream_->read_some(reader_.pieces(room, pieces));
  if (!size) {
    if (!reader_.is_inside_frame()) {
      host_.budget.end_overdraft(info_.id);
    }
    if (!would_block(size.error())) {
      close(close_reason::peer_failed, size.error().message());
    }
    return;
  }
  if (*size == 0) {
    close(close_reason::peer_closed, "the peer closed it");
    return;
  }
  active_at_ = host_.now;
  host_.counted.bytes_in += *size;
  const std::size_t in_room = reader_.accept(*size, room);
  dispatch();
  if (reader_.leave_room()) {
    host_.slabs.keep(in_room);
  }
  if (is_open_ && !queue_.is_empty() && !queue_.peek(0).answer.slices.empty()) {
    if (!host_.take_free_turn()) {
      host_.want_turn(*this);  // bulk goes out in turn with that of all others
      return;
    }
  } else {
    host_.saw_short_work();
  }
  flush(host_.turn_bytes());
}

// One request at least; what a peer has sent at once beyond that must not keep the sockets of the
// others waiting.
void connection::dispatch() {
  if (is_dispatching_) {
    return;
  }
  is_dispatching_ = true;
  const std::uint64_t cost_before = host_.round_cost_bytes;
  while (is_open_ && may_take_request() && take_frame()) {
    const bool pipelined = host_.sink.may_pipeline(frame_->bytes);
    if (!queue_.may_open(pipelined)) {
      break;
    }
    const std::uint64_t cost = host_.round_cost_bytes - cost_before;
    if (!pipelined && cost > 0 &&
        (cost >= host_.limit.connection_turn_bytes_max || host_.is_round_spent())) {
      host_.want_turn(*this);
      break;
    }
    if (pipelined) {
      hand_over(pipelined);
    } else {
      host_.round_cost_bytes += hand_over_alone();
    }
  }
  is_dispatching_ = false;
}

// What it costs: for being one, for its answer, and for the time that it takes.
std::uint64_t connection::hand_over_alone() {
  const std::size_t answers_before = queue_.response_bytes();
  const io::monotonic_time begun = host_.loop.clock().now();
  hand_over(false);
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(host_.loop.clock().now() - begun);
  return host_.limit.request_cost_bytes + (queue_.response_bytes() - answers_before) +
         static_cast<std::uint64_t>(took.count()) * host_.limit.microsecond_cost_bytes;
}

bool connection::may_take_request() const noexcept {
  const std::size_t responses_max = is_writing_ ? host_.limit.blocked_response_bytes_max
                                                : host_.limit.connection_response_bytes_max;
  return !is_draining_ && !is_muted_ && queue_.size() < host_.limit.connection_requests_max &&
         queue_.work_bytes() < host_.limit.connection_work_bytes_max &&
         queue_.response_bytes() < responses_max;
}

// Little is ready and nothing waits behind it: the answer of an honest producer.
bool connection::is_brief() noexcept {
  return !has_waiting_request() && !queue_.is_empty() &&
         queue_.response_bytes() <= host_.limit.brief_turn_bytes_max &&
         queue_.peek(0).answer.slices.empty();
}

// Makes frame_ the next request; false when there is none.
bool connection::take_frame() {
  if (frame_) {
    return true;
  }
  frame next;
  switch (reader_.next(next)) {
    case frame_reader::outcome::frame:
      frame_ = std::move(next);
      host_.budget.end_overdraft(info_.id);
      if (host_.budget.has_waiters()) {
        host_.memory_freed();
      }
      return true;
    case frame_reader::outcome::incomplete:
      return false;
    case frame_reader::outcome::size_invalid:
      close(close_reason::frame_invalid, reader_.bad_size());
      return false;
  }
  return false;
}

void connection::hand_over(bool pipelined) {
  frame taken = std::move(*frame_);
  frame_.reset();
  const std::size_t size = taken.bytes.size();
  const std::uint64_t ticket = queue_.open(static_cast<std::uint32_t>(size), pipelined);
  host_.budget.take_work(size);
  ++frames_;
  ++host_.counted.requests;
  ++host_.counted.requests_in_work;
  host_.sink.handle(
      request{.frame = taken.bytes, .owner = std::move(taken.owner), .connection = info_},
      responder(shared_from_this(), ticket));
}

void connection::send(std::uint64_t ticket, response&& answer) {
  const auto span = answer.mute;
  complete(ticket, response_queue::state::ready, std::move(answer));
  mute(span);
}

void connection::send_nothing(std::uint64_t ticket, std::chrono::milliseconds span) {
  complete(ticket, response_queue::state::nothing, {});
  mute(span);
}

void connection::close(std::uint64_t ticket, std::string_view reason) {
  response farewell;  // carries the reason until the earlier responses have left
  const bytes_view text = as_bytes(reason);
  farewell.bytes.assign(text.begin(), text.end());
  is_draining_ = true;  // what comes behind it is not looked at
  complete(ticket, response_queue::state::close, std::move(farewell));
}

void connection::waits(std::uint64_t ticket) {
  host_.budget.give_work(queue_.release(ticket));
  if (is_open_ && host_.budget.has_waiters()) {
    host_.memory_freed();
  }
}

void connection::complete(std::uint64_t ticket, response_queue::state progress, response&& answer) {
  const std::size_t size = queue_.at(ticket).request_size_bytes;
  queue_.complete(ticket, progress, is_open_ ? std::move(answer) : response{});
  host_.budget.give_work(size);
  --host_.counted.requests_in_work;
  ++host_.counted.responses;
  if (!is_open_) {
    return;
  }
  if (host_.budget.has_waiters()) {
    host_.memory_freed();
  }
  if (!is_dispatching_) {
    count_held(false);  // its turn may be far
    host_.want_turn(*this);
  }
}

void connection::mute(std::chrono::milliseconds span) {
  if (!is_open_ || span.count() <= 0) {
    return;
  }
  host_.loop.cancel(mute_timer_);
  is_muted_ = true;
  mute_timer_ = host_.loop.schedule(span, [this] {
    mute_timer_ = io::event_loop::no_timer;
    is_muted_ = false;
    host_.want_turn(*this);
  });
}

// True when all that was ready has left.
bool connection::flush(std::size_t bytes_max) {
  if (queue_.is_empty()) {
    return true;
  }
  if (!is_open_ || is_writing_ || is_reading_ahead_) {
    return false;
  }
  const std::size_t waiting = queue_.size();
  const auto outcome =
      writer_.write(queue_, *stream_, *host_.copies, bytes_max, host_.counted.bytes_out);
  if (queue_.size() != waiting) {
    active_at_ = host_.now;
  }
  switch (outcome) {
    case response_writer::outcome::done:
      break;
    case response_writer::outcome::turn_over:
      host_.want_turn(*this);
      break;
    case response_writer::outcome::blocked:
      is_writing_ = true;
      ++write_waits_;
      stream_->wait_writable([this] { on_writable(); });
      break;
    case response_writer::outcome::cold:
      read_ahead();
      break;
    case response_writer::outcome::close_asked:
      close(close_reason::request_refused, std::string(as_text(queue_.peek(0).answer.bytes)));
      break;
    case response_writer::outcome::peer_failed:
      close(close_reason::peer_failed, writer_.error().message());
      break;
    case response_writer::outcome::file_failed:
      close(close_reason::file_failed,
            "a range of a log file could not be sent: " + writer_.error().message());
      break;
  }
  return outcome == response_writer::outcome::done;
}

// Reads a range that is not in the page cache on the pool, so that the disk keeps only this
// connection waiting.
void connection::read_ahead() {
  is_reading_ahead_ = true;
  ++host_.counted.cold_reads;
  host_.pool.submit([self = shared_from_this(), &loop = host_.loop,
                     range = writer_.take_cold_range(queue_)]() mutable {
    range.file->read_ahead(range.position, static_cast<std::size_t>(range.size));
    loop.post([back = std::move(self)] {
      if (back->is_open_) {  // so its host is there too
        back->is_reading_ahead_ = false;
        back->host_.want_turn(*back);
      }
    });
  });
}

// After every event: asks for what the connection now waits for.
void connection::go_on() {
  if (!is_open_) {
    return;
  }
  if (is_draining_ && queue_.is_empty()) {
    close(close_reason::stopping, "the broker stops");
    return;
  }
  if (may_take_request()) {
    if (!has_waiting_request()) {
      if (!is_reading_ && !waits_for_memory_) {
        is_reading_ = true;
        stream_->wait_readable([this] { on_readable(); });
      }
    } else if (queue_.in_work() == 0) {
      host_.want_turn(*this);
    }
  }
  if (!is_watched_ && needs_progress()) {
    is_watched_ = true;
    watch_progress();
  }
  count_common();
  account_held();
}

void connection::account_held() {
  // A large request comes on as well while it is still one request.
  const std::uint64_t steps = steps_done() + reader_.received() / frame_reader::share_bytes;
  count_held(std::exchange(held_steps_, steps) != steps);
  if (host_.held.to_end() != nullptr) {
    host_.end_holders();
  }
}

// What a peer holds of the common memory while it is its turn to come on.
void connection::count_common() noexcept {
  const bool waits_for_peer = (is_reading_ && reader_.is_inside_frame()) || is_writing_;
  std::size_t bytes = waits_for_peer ? reader_.charged() : 0;
  if (waits_for_peer && host_.budget.has_overdraft(info_.id)) {
    ++bytes;  // holds it up although it may hold nothing else
  }
  if (bytes == 0 && common_.bytes() == 0) {
    return;
  }
  const std::uint64_t steps = steps_done() + reader_.received() / host_.limit.contended_step_bytes;
  const bool has_come_on = std::exchange(common_steps_, steps) != steps || common_.bytes() == 0;
  if (has_come_on) {
    common_at_ = host_.now;
  }
  host_.common.set(common_, bytes, has_come_on);
}

void connection::count_held(bool has_come_on) noexcept {
  const std::size_t bytes =
      reader_.held() + (frame_ ? frame_->bytes.size() : 0) + queue_.response_bytes();
  if (bytes != 0 || held_.bytes() != 0) {
    host_.held.set(held_, bytes, has_come_on);
  }
}

void connection::check() {
  if (!is_watched_) {
    if (queue_.is_empty() && host_.now - active_at_ >= host_.limit.idle_max) {
      close(close_reason::idle, "it was idle");
      return;
    }
    host_.watch(*this, (queue_.is_empty() ? active_at_ : host_.now) + host_.limit.idle_max);
    return;
  }
  if (!needs_progress()) {
    is_watched_ = false;
    host_.watch(*this, active_at_ + host_.limit.idle_max);
    return;
  }
  if (has_progressed()) {
    watch_progress();
    return;
  }
  check_stalled();
}

void connection::watch_progress() noexcept {
  watched_at_ = host_.now;
  watched_frames_ = frames_;
  watched_received_ = reader_.received();
  watched_write_waits_ = write_waits_;
  host_.watch(*this, host_.now + host_.limit.transfer_window);
}

bool connection::has_progressed() const noexcept {
  if (waits_for_memory_) {
    return host_.now - memory_wait_began_ < host_.limit.memory_wait_max;
  }
  // The kernel reports room only when a good part of the send buffer is free: one report in a
  // window is progress, none is a peer that does not read.
  if (is_writing_) {
    return write_waits_ != watched_write_waits_;
  }
  using std::chrono::milliseconds;
  const auto span = std::chrono::duration_cast<milliseconds>(host_.now - watched_at_);
  const auto grown_min =
      host_.limit.transfer_bytes_per_second_min * static_cast<std::size_t>(span.count()) / 1000;
  return frames_ != watched_frames_ || reader_.received() >= watched_received_ + grown_min;
}

// Closes a connection that holds memory and does not come on (S3, S6).
void connection::check_stalled() {
  if (waits_for_memory_) {
    close(close_reason::memory_spent, "the memory for requests was spent for too long");
    return;
  }
  if (is_writing_) {
    close(close_reason::write_too_slow, "the peer does not read its responses");
    return;
  }
  close(close_reason::read_too_slow, "a request of it did not come on, " +
                                         std::to_string(reader_.received()) +
                                         " bytes of it had come");
}

void connection::end_contention() {
  close(close_reason::read_too_slow,
        "a request of it did not come on while others waited for the memory, " +
            std::to_string(reader_.received()) + " bytes of it had come");
}

void connection::drain() {
  is_draining_ = true;
  frame_.reset();
  reader_.forget();
  host_.budget.end_overdraft(info_.id);
  flush(host_.turn_bytes());
  go_on();
}

void connection::close(close_reason reason, std::string_view detail) {
  if (!is_open_) {
    return;
  }
  const auto self = shared_from_this();
  is_open_ = false;
  host_.loop.cancel(std::exchange(mute_timer_, io::event_loop::no_timer));
  frame_.reset();
  reader_.forget();
  host_.budget.end_overdraft(info_.id);
  queue_.forget_responses();  // whoever holds the connection still must not hold them
  host_.held.set(held_, 0, false);
  host_.common.set(common_, 0, false);
  unlink();
  host_.sink.connection_closed(info_);
  host_.closed(*this, reason, detail);
  stream_->close();
  if (host_.budget.has_waiters()) {
    host_.memory_freed();
  }
}

}  // namespace tidemill::network
