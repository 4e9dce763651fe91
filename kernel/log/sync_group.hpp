#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/event_loop.hpp"
#include "log/flush_job.hpp"

namespace tidemill::log {

class log;

/// Group commit: acknowledgements that wait for durability share syncs. One round runs at a time,
/// on the blocking pool; all that asked while it ran go into the next, which starts the moment the
/// last ends, without a timer. A round syncs each file once, however many wait for it, and spreads
/// over several pool threads when there are many files. One per data directory; any thread.
class sync_group {
 public:
  struct options {
    /// Rounds with more files than this are split over the pool.
    std::uint32_t serial_files_max = 4;
    /// At most this many pool threads work for one round.
    std::uint32_t threads_max = 4;
  };
  using completion = unique_function<void(result<void>)>;

  sync_group(io::blocking_pool& pool, const options& settings);
  sync_group(const sync_group&) = delete;
  sync_group& operator=(const sync_group&) = delete;
  /// Rounds that still run end by themselves; whoever waits is called all the same.
  ~sync_group();

  /// Makes what `of` holds now durable, then calls `done` on `loop`, which is the loop of the
  /// calling thread and of the log. Completes at once, before returning, when everything is durable
  /// already or the log cannot be flushed. The log may be destroyed before `done` runs. Completions
  /// of one log run in the order of the calls. An error poisons the log.
  void sync(log& of, io::event_loop& loop, completion done);
  /// The same for a job made by the caller.
  void sync(flush_job job, io::event_loop& loop, completion done);

  /// Rounds run so far; any thread.
  [[nodiscard]] std::uint64_t rounds() const noexcept;

 private:
  struct shared_state;
  std::shared_ptr<shared_state> state_;
};

}  // namespace tidemill::log
