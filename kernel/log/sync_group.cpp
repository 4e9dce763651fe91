#include "log/sync_group.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "log/log.hpp"

namespace tidemill::log {

/// Shared with the tasks of the round that runs, which may outlive the group.
struct sync_group::shared_state : std::enable_shared_from_this<sync_group::shared_state> {
  /// All that wait for one log.
  struct request {
    flush_job job;
    io::event_loop* loop = nullptr;
    std::vector<completion> waiting;
    result<void> outcome;
  };

  shared_state(io::blocking_pool& pool_to_use, const options& settings)
      : pool(pool_to_use), bounds(settings) {}

  void add(flush_job job, io::event_loop& loop, completion done);
  void begin_round(std::unique_lock<std::mutex>& lock);
  void work();
  void end_round();
  static void deliver(std::vector<request> finished);

  io::blocking_pool& pool;
  options bounds;

  std::mutex mutex;
  std::vector<request> next;
  /// The round that runs; its vector does not change while it does.
  std::vector<request> current;
  std::size_t current_taken = 0;
  std::size_t workers = 0;
  std::uint64_t rounds = 0;
};

sync_group::sync_group(io::blocking_pool& pool, const options& settings)
    : state_(std::make_shared<shared_state>(pool, settings)) {}

sync_group::~sync_group() = default;

void sync_group::sync(log& of, io::event_loop& loop, completion done) {
  auto job = of.begin_flush(false);
  if (!job) {
    done(job.error());
  } else if (job->empty()) {
    done({});
  } else {
    sync(std::move(*job), loop, std::move(done));
  }
}

void sync_group::sync(flush_job job, io::event_loop& loop, completion done) {
  TIDEMILL_ASSERT(!job.empty());
  TIDEMILL_ASSERT(done);
  state_->add(std::move(job), loop, std::move(done));
}

std::uint64_t sync_group::rounds() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->rounds;
}

void sync_group::shared_state::add(flush_job job, io::event_loop& loop, completion done) {
  std::unique_lock lock(mutex);
  const auto same = std::find_if(next.begin(), next.end(),
                                 [&](const request& one) { return one.job.same_log(job); });
  if (same != next.end()) {
    same->job.absorb(std::move(job));
    same->waiting.push_back(std::move(done));
    return;
  }
  next.emplace_back();
  next.back().job = std::move(job);
  next.back().loop = &loop;
  next.back().waiting.push_back(std::move(done));
  if (current.empty()) {
    begin_round(lock);
  }
}

void sync_group::shared_state::begin_round(std::unique_lock<std::mutex>& lock) {
  TIDEMILL_ASSERT(current.empty());
  current = std::move(next);
  next.clear();
  current_taken = 0;
  ++rounds;
  std::size_t files = 0;
  for (const request& one : current) {
    files += one.job.file_count();
  }
  workers = files <= bounds.serial_files_max
                ? 1
                : std::min<std::size_t>(current.size(), std::max(bounds.threads_max, 1U));
  const std::size_t to_start = workers;
  lock.unlock();
  for (std::size_t index = 0; index < to_start; ++index) {
    pool.submit([self = shared_from_this()] { self->work(); });
  }
}

/// One of the round's threads: takes logs until none is left; the last thread ends the round.
void sync_group::shared_state::work() {
  std::unique_lock lock(mutex);
  while (current_taken < current.size()) {
    request& mine = current[current_taken];
    ++current_taken;
    lock.unlock();
    mine.outcome = mine.job.run();
    lock.lock();
  }
  --workers;
  if (workers == 0) {
    lock.unlock();
    end_round();
  }
}

void sync_group::shared_state::end_round() {
  std::unique_lock lock(mutex);
  std::vector<request> finished = std::move(current);
  current.clear();
  // One message for each loop.
  std::map<io::event_loop*, std::vector<request>> by_loop;
  for (request& one : finished) {
    by_loop[one.loop].push_back(std::move(one));
  }
  // Posted before the next round starts, so that its outcome can never overtake this one: after a
  // failure the next sync of the same file succeeds without having written what was lost (R24).
  for (auto& [loop, requests] : by_loop) {
    loop->post([mine = std::move(requests)]() mutable { deliver(std::move(mine)); });
  }
  if (!next.empty()) {
    begin_round(lock);
  }
}

/// On the loop of the logs.
void sync_group::shared_state::deliver(std::vector<request> finished) {
  for (request& one : finished) {
    one.job.finish(one.outcome);
    for (completion& done : one.waiting) {
      done(one.outcome);
    }
  }
}

}  // namespace tidemill::log
