#include "extension/codec_adapter.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "extension/codec_stream.hpp"
#include "record/errc.hpp"
#include "tidemill/codec.h"

namespace tidemill::extension {
namespace {

std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

/// While it lives, the thread is at work.
class busy_mark {
 public:
  explicit busy_mark(std::atomic<bool>& mark) noexcept : mark_(mark) {
    mark_.store(true, std::memory_order_release);
  }
  ~busy_mark() { mark_.store(false, std::memory_order_release); }
  busy_mark(const busy_mark&) = delete;
  busy_mark& operator=(const busy_mark&) = delete;

 private:
  std::atomic<bool>& mark_;
};

/// One thread adds, others read.
class tally {
 public:
  void add(std::uint64_t more) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace

/// What one thread has. The order of the members is that of their making; streams go first.
struct codec_adapter::worker {
  std::uint32_t index = 0;
  std::uint64_t generation = 0;
  /// The thread is at work with it.
  std::atomic<bool> is_busy{false};
  /// Where no state could be opened: when it is tried again.
  io::monotonic_time opens_again_at{};
  std::shared_ptr<const instance> with;  // shared with the other threads
  std::unique_ptr<shard_state> state;
  std::unique_ptr<codec_stream> decompressor;
  std::unique_ptr<codec_stream> compressor;
  breaker gate{breaker_rules{}};
  tally calls;
  tally nanoseconds;
  std::array<tally, call_durations::places> durations;
  tally errors;
  tally overruns;
  tally spared;
  /// Of the gate, for other threads.
  std::atomic<breaker::state> gate_state{breaker::state::closed};
  std::atomic<std::uint64_t> gate_openings{0};

  void close() {
    decompressor.reset();
    compressor.reset();
    state.reset();
    with.reset();
  }
  [[nodiscard]] codec_stream& stream(std::uint32_t direction) {
    auto& wanted = direction == TIDEMILL_COMPRESS ? compressor : decompressor;
    if (wanted == nullptr) {
      wanted = std::make_unique<codec_stream>(*state, direction);
    }
    return *wanted;
  }
};

codec_adapter::codec_adapter(const host_environment& environment)
    : environment_(environment), id_(next_id()) {}

codec_adapter::~codec_adapter() {
  let_go_all();
}

void codec_adapter::give_to(std::shared_ptr<const instance> next) {
  const std::lock_guard lock(mutex_);
  std::swap(holder_, next);
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const instance> codec_adapter::holder() const {
  const std::lock_guard lock(mutex_);
  return holder_;
}

void codec_adapter::let_go_here() {
  worker& mine = worker_here();
  if (mine.generation != generation_.load(std::memory_order_acquire)) {
    mine.close();
  }
}

void codec_adapter::let_go_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& each : workers_) {
    // What a call hangs in cannot be closed.
    if (!each->is_busy.load(std::memory_order_acquire)) {
      each->close();
    }
  }
}

/// A thread takes the lock the first time that it comes, and remembers what it got.
codec_adapter::worker& codec_adapter::worker_here() const {
  thread_local std::vector<std::pair<std::uint64_t, worker*>> known;
  for (const auto& [id, mine] : known) {
    if (id == id_) {
      return *mine;
    }
  }
  const std::lock_guard lock(mutex_);
  auto& added = workers_.emplace_back(std::make_unique<worker>());
  added->index = static_cast<std::uint32_t>(workers_.size() - 1);
  known.emplace_back(id_, added.get());
  return *added;
}

/// Changes to the instance that holds the place now, and opens a state of it.
void codec_adapter::refresh(worker& mine) const {
  const std::uint64_t generation = generation_.load(std::memory_order_acquire);
  const bool is_waiting = mine.with == nullptr || mine.state != nullptr ||
                          environment_.clock.now() < mine.opens_again_at;
  if (mine.generation == generation && is_waiting) {
    return;
  }
  mine.close();
  mine.generation = generation;
  mine.gate.reset();
  mine.with = holder();
  if (mine.with == nullptr) {
    return;
  }
  // Behind the indexes of the shards and of their states on the blocking pool.
  auto opened = shard_state::open(mine.with, 2 * environment_.shard_count + mine.index);
  if (opened) {
    mine.state = std::move(*opened);
  } else {
    mine.opens_again_at = environment_.clock.now() + breaker_rules{}.probe_after;
    mine.with->host().write_line(line_level::error, opened.error().sentence);
  }
}

result<void> codec_adapter::decompress(bytes_view compressed, std::size_t output_size_bytes_max,
                                       byte_buffer& output) const {
  TIDEMILL_TRY_ASSIGN(stream,
                      run(TIDEMILL_DECOMPRESS, compressed, {output_size_bytes_max, std::nullopt}));
  output.assign(stream->output().begin(), stream->output().end());
  stream->trim();
  return {};
}

result<bytes_view> codec_adapter::plain_form(bytes_view compressed,
                                             std::size_t output_size_bytes_max,
                                             byte_buffer& room) const {
  TIDEMILL_TRY_ASSIGN(stream,
                      run(TIDEMILL_DECOMPRESS, compressed, {output_size_bytes_max, std::nullopt}));
  if (!stream->is_oversized()) {
    return stream->output();
  }
  // Large ones are not kept beyond the batch.
  room.assign(stream->output().begin(), stream->output().end());
  stream->trim();
  return bytes_view(room);
}

result<void> codec_adapter::compress(bytes_view plain, std::optional<std::int32_t> level,
                                     byte_buffer& output) const {
  TIDEMILL_TRY_ASSIGN(
      stream, run(TIDEMILL_COMPRESS, plain, {std::numeric_limits<std::int32_t>::max(), level}));
  output.insert(output.end(), stream->output().begin(), stream->output().end());
  stream->trim();
  return {};
}

result<codec_stream*> codec_adapter::run(std::uint32_t direction, bytes_view input,
                                         const stream_bounds& bounds) const {
  worker& mine = worker_here();
  const busy_mark busy(mine.is_busy);
  refresh(mine);
  const io::monotonic_time begun = environment_.clock.now();
  if (mine.state == nullptr || !mine.gate.admits(begun)) {
    mine.spared.add(1);
    return record::errc::codec_failed;
  }
  codec_stream& stream = mine.stream(direction);
  const stream_outcome outcome = stream.run(input, bounds);
  const io::monotonic_time ended = environment_.clock.now();
  mine.calls.add(1);
  const auto took = static_cast<std::uint64_t>((ended - begun).count());
  mine.nanoseconds.add(took);
  mine.durations[call_durations::place_of(took)].add(1);
  const auto judged = judge(mine, stream, outcome, bounds.output_size_bytes_max);
  const bool is_late =
      check_time(mine, ended - begun, std::max(input.size(), stream.output().size()));
  if (!is_late && (judged || judged.error() != make_error_code(record::errc::codec_failed))) {
    mine.gate.succeeded();
  } else {
    mine.gate.failed(ended, ended - begun);
  }
  mine.gate_state.store(mine.gate.where(), std::memory_order_relaxed);
  mine.gate_openings.store(mine.gate.openings(), std::memory_order_relaxed);
  if (!judged) {
    stream.trim();
    return judged.error();
  }
  return &stream;
}

/// Damaged or oversized input is the client's fault; everything else that is not done is one of the
/// plugin.
result<void> codec_adapter::judge(worker& mine, const codec_stream& stream,
                                  const stream_outcome& outcome,
                                  std::size_t output_size_bytes_max) {
  if (outcome.status == TIDEMILL_TOO_LARGE ||
      (outcome.status == TIDEMILL_DONE && stream.output().size() > output_size_bytes_max)) {
    return record::errc::decompressed_too_large;
  }
  if (outcome.status == TIDEMILL_CORRUPT ||
      (outcome.status == TIDEMILL_DONE && outcome.left_over > 0)) {
    return record::errc::compressed_data_malformed;
  }
  if (outcome.status != TIDEMILL_DONE) {
    mine.errors.add(1);
    mine.with->host().write_line(line_level::error,
                                 std::string(outcome.function) + ": " + outcome.why);
    return record::errc::codec_failed;
  }
  return {};
}

/// A late answer is used all the same: the work is done.
bool codec_adapter::check_time(worker& mine, std::chrono::nanoseconds took,
                               std::size_t size_bytes) {
  if (took <= mine.with->settings().call_time_max + size_bytes * time_for_each_byte) {
    return false;
  }
  mine.overruns.add(1);
  mine.with->host().write_line(line_level::error,
                               "step: it took " + std::to_string(took.count() / 1000) +
                                   " microseconds for " + std::to_string(size_bytes) + " bytes");
  return true;
}

call_figures codec_adapter::figures() const {
  const std::lock_guard lock(mutex_);
  call_figures sum;
  for (const auto& each : workers_) {
    sum.calls += each->calls.value();
    sum.nanoseconds += each->nanoseconds.value();
    for (std::size_t place = 0; place < call_durations::places; ++place) {
      sum.durations.counts[place] += each->durations[place].value();
    }
    sum.errors += each->errors.value();
    sum.overruns += each->overruns.value();
    sum.spared += each->spared.value();
    sum.breaker_openings += each->gate_openings.load(std::memory_order_relaxed);
    const breaker::state state = each->gate_state.load(std::memory_order_relaxed);
    if (state != breaker::state::closed) {
      sum.breaker_state = state;
    }
  }
  return sum;
}

}  // namespace tidemill::extension
