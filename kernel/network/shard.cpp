#include "network/shard.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::network {
namespace {

constexpr std::uint64_t ids_per_shard = std::uint64_t{1} << 48U;

std::chrono::nanoseconds tick_length(const limits& limit) noexcept {
  using std::chrono::milliseconds;
  const milliseconds shortest = std::min(
      {limit.idle_max, limit.transfer_window, limit.contended_window * 4, limit.memory_wait_max});
  return std::clamp(shortest / 16, milliseconds{5}, milliseconds{250});
}

bool is_ordinary(close_reason reason) noexcept {
  return reason == close_reason::peer_closed || reason == close_reason::peer_failed ||
         reason == close_reason::idle || reason == close_reason::stopping;
}

}  // namespace

shard::shard(const shard_options& options)
    : connection_host(options.loop, options.pool, options.sink, options.limit),
      log_(options.log),
      index_(options.index),
      last_id_(options.index * ids_per_shard),
      tick_length_(tick_length(options.limit)),
      wheel_(options.loop.clock().now(), tick_length_) {
  now = options.loop.clock().now();
}

shard::~shard() {
  // After a loop that was ended without stop(); otherwise nothing is left.
  for (const auto& [id, left] : std::exchange(connections_, {})) {
    left->close(close_reason::stopping, "the broker stops");
  }
}

void shard::adopt(std::unique_ptr<io::stream> stream, std::string_view listener) {
  if (is_stopping_) {
    if (on_closed_) {
      on_closed_(stream->peer_address());
    }
    return;
  }
  if (connections_.empty()) {
    now = loop().clock().now();
  }
  connection_info info;
  info.id = ++last_id_;
  info.listener = listener;
  info.peer = stream->peer();
  info.peer_address = stream->peer_address();
  info.shard_index = index_;
  const auto adopted = std::make_shared<connection>(static_cast<connection_host&>(*this),
                                                    std::move(stream), std::move(info));
  connections_.emplace(last_id_, adopted);
  ++connection_host::counted.connections_accepted;
  keep_ticking();
  adopted->start();
}

void shard::want_turn(connection& waiting) {
  if (waiting.has_turn_ || !waiting.is_open_) {
    return;
  }
  waiting.has_turn_ = true;
  (waiting.is_brief() ? brief_turns_ : turns_).push_back(waiting.shared_from_this());
  post_turns();
}

bool shard::take_free_turn() {
  if (turns_posted_) {
    return false;
  }
  post_turns();  // ends the round: until then everybody else waits for a turn
  return true;
}

std::size_t shard::turn_bytes() const noexcept {
  return round_ - short_work_round_ < short_work_rounds ? limit.connection_turn_bytes_max
                                                        : limit.lone_turn_bytes_max;
}

void shard::post_turns() {
  if (!turns_posted_) {
    turns_posted_ = true;
    loop().post([this] { run_turns(); });
  }
}

// Gives each waiting connection one turn, until the round is spent; then sockets are read before
// the rest has its turn. So a storm of fetches leaves room for producers.
void shard::run_turns() {
  turns_posted_ = false;
  ++round_;
  round_cost_bytes = 0;
  const std::uint64_t bytes_max = connection_host::counted.bytes_out + limit.round_bytes_max;
  run_lane(brief_turns_, bytes_max);
  run_lane(turns_, bytes_max);
  if (!brief_turns_.empty() || !turns_.empty()) {
    post_turns();
  }
}

// One turn at least, so that neither lane stops the other.
void shard::run_lane(std::vector<std::shared_ptr<connection>>& lane, std::uint64_t bytes_max) {
  running_.swap(lane);
  std::size_t next = 0;
  while (next < running_.size()) {
    const std::shared_ptr<connection> current = std::move(running_[next++]);
    current->has_turn_ = false;
    if (current->is_open_) {
      current->turn();
      if (connection_host::counted.bytes_out >= bytes_max || is_round_spent()) {
        break;
      }
    }
  }
  const auto rest = running_.begin() + static_cast<std::ptrdiff_t>(next);
  lane.insert(lane.begin(), std::make_move_iterator(rest), std::make_move_iterator(running_.end()));
  running_.clear();
}

void shard::watch(connection& watched, io::monotonic_time deadline) noexcept {
  wheel_.set(watched, deadline);
}

void shard::memory_freed() {
  if (!wake_posted_) {
    wake_posted_ = true;
    loop().post([this] { wake_waiters(); });
  }
}

void shard::wake_waiters() {
  wake_posted_ = false;
  while (const auto id = budget.next_waiter()) {
    const auto found = connections_.find(*id);
    if (found == connections_.end()) {
      budget.end_overdraft(*id);
      continue;
    }
    const std::shared_ptr<connection> waiter = found->second;
    waiter->memory_available();
    if (wake_posted_) {
      return;  // it was refused again: the next try comes in the next round
    }
  }
}

// Who only waits for its turn does not stand still: it goes behind the others.
void shard::end_holders() {
  std::size_t spared = 0;
  while (const held_memory::holder* oldest = held.to_end()) {
    const std::shared_ptr<connection> ended = connections_.at(oldest->who());
    if (spared < spared_max && ended->has_turn_ && !ended->is_writing_) {
      ++spared;
      held.set(ended->held_, oldest->bytes(), true);
      continue;
    }
    ended->close(close_reason::memory_spent,
                 "its half-read requests and unread answers, " + std::to_string(oldest->bytes()) +
                     " bytes, stood still longest while too much of such memory was held");
  }
}

// Those that let others wait for memory and have stood still for too long, the oldest first, until
// nobody has to wait.
void shard::end_contention() {
  while (budget.is_contended()) {
    const held_memory::holder* oldest = common.oldest();
    if (oldest == nullptr) {
      return;
    }
    const std::shared_ptr<connection> holder = connections_.at(oldest->who());
    if (now - holder->stands_still_since() < limit.contended_window) {
      return;
    }
    holder->end_contention();
  }
}

void shard::keep_ticking() {
  if (!is_ticking_) {
    is_ticking_ = true;
    tick_timer_ = loop().schedule(tick_length_, [this] { tick(); });
  }
}

void shard::tick() {
  is_ticking_ = false;
  now = loop().clock().now();
  unique_function<void(deadline_hook&)> due = [](deadline_hook& hook) {
    auto& watched = static_cast<connection&>(hook);
    const auto self = watched.shared_from_this();
    watched.check();
  };
  wheel_.turn(now, due);
  end_contention();
  if (!connections_.empty()) {
    keep_ticking();
  }
}

void shard::closed(connection& ended, close_reason reason, std::string_view detail) {
  auto& count = connection_host::counted;
  ++count.closed[static_cast<std::size_t>(reason)];
  report(ended, reason, detail);
  if (on_closed_) {
    on_closed_(ended.info().peer_address);
  }
  connections_.erase(ended.info().id);
  if (connections_.empty() && is_stopping_) {
    finish_stop();
  }
}

void shard::report(connection& ended, close_reason reason, std::string_view detail) {
  const auto level =
      is_ordinary(reason) ? connection_log::level::debug : connection_log::level::warning;
  std::uint64_t suppressed = 0;
  if (!log_.wants(level) ||
      (level == connection_log::level::warning && !gate_.open(loop().clock().now(), suppressed))) {
    return;
  }
  const connection_info& info = ended.info();
  std::string line = "closed the connection from " + info.peer + " to listener " +
                     escaped(info.listener) + ": " + escaped(detail, 200);
  if (!info.client_software_name.empty()) {
    line += "; the client is " + escaped(info.client_software_name, 60) + " " +
            escaped(info.client_software_version, 60);
  }
  if (suppressed > 0) {
    line += "; " + std::to_string(suppressed) + " such lines were left out before this one";
  }
  log_.write(level, line);
}

void shard::stop(std::chrono::milliseconds grace, unique_function<void()> stopped) {
  TIDEMILL_ASSERT(!is_stopping_);
  is_stopping_ = true;
  stopped_ = std::move(stopped);
  sink.stop_waiting();
  std::vector<std::shared_ptr<connection>> open;
  open.reserve(connections_.size());
  for (const auto& [id, each] : connections_) {
    open.push_back(each);
  }
  for (const auto& each : open) {
    each->drain();
  }
  if (connections_.empty()) {
    finish_stop();
    return;
  }
  stop_timer_ = loop().schedule(grace, [this] {
    while (!connections_.empty()) {
      const std::shared_ptr<connection> late = connections_.begin()->second;
      late->close(close_reason::stopping, "the broker stops and a request was still in work");
    }
  });
}

void shard::finish_stop() {
  loop().cancel(std::exchange(stop_timer_, io::event_loop::no_timer));
  loop().cancel(std::exchange(tick_timer_, io::event_loop::no_timer));
  if (auto call = std::exchange(stopped_, nullptr)) {
    loop().post(std::move(call));
  }
}

counters shard::snapshot() const noexcept {
  counters current = connection_host::counted;
  current.connections = connections_.size();
  current.work_memory_bytes = budget.work_bytes();
  current.partial_memory_bytes = budget.partial_bytes();
  current.held_memory_bytes = held.bytes();
  return current;
}

}  // namespace tidemill::network
