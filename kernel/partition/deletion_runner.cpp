#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "partition/shard_context.hpp"

namespace tidemill::partition {

namespace {

constexpr auto retry_delay = std::chrono::seconds(1);
/// With so many resting the disk is at fault, and the others wait too.
constexpr std::size_t resting_max = 16;

void submit(std::shared_ptr<running_deletion> running);

/// The next job begins when the one before has renamed its files, so that those of one log lose
/// their names in the order of their offsets: a job that rests holds up the later ones of its log.
void begin_next(shard_context& shard) {
  if (shard.deletion_runs) {
    return;
  }
  std::vector<const partition* const*> held_up;
  for (auto each = shard.deletions.begin(); each != shard.deletions.end();) {
    const auto& one = *each;
    const partition* const* const log = one->handle.get();
    if (!one->resting && one->is_obsolete()) {
      each = shard.deletions.erase(each);
    } else if (one->resting && held_up.size() == resting_max) {
      return;
    } else if (one->resting) {
      held_up.push_back(log);
      ++each;
    } else if (std::find(held_up.begin(), held_up.end(), log) != held_up.end()) {
      ++each;
    } else {
      shard.deletion_runs = true;
      return submit(one);
    }
  }
}

void retry_later(std::shared_ptr<running_deletion> running);

void call_once(io::task& what) {
  if (what) {
    std::exchange(what, nullptr)();
  }
}

/// Loop thread. What is dropped at a stop is found again at the next start.
void go_on(std::shared_ptr<running_deletion> running, log::deletion_job::progress progress) {
  const auto shard = running->shard.lock();
  if (shard == nullptr || shard->stopping) {
    return call_once(running->when_renamed);
  }
  const bool obsolete = running->is_obsolete();
  if (running->job.renamed()) {
    call_once(running->when_renamed);
  }
  const bool is_waiting = progress == log::deletion_job::progress::waiting;
  if (!running->renamed && (obsolete || running->job.renamed())) {
    running->renamed = true;
    std::erase(shard->deletions, running);
    shard->deletion_runs = false;
    begin_next(*shard);
  } else if (!running->renamed && is_waiting) {
    running->resting = true;
    shard->deletion_runs = false;
    begin_next(*shard);
  }
  if (obsolete || progress == log::deletion_job::progress::done) {
    return;
  }
  if (is_waiting) {
    return retry_later(std::move(running));
  }
  submit(std::move(running));
}

void retry_later(std::shared_ptr<running_deletion> running) {
  io::event_loop& loop = running->loop;
  static_cast<void>(loop.schedule(retry_delay, [running = std::move(running)]() mutable {
    if (std::exchange(running->resting, false)) {
      if (const auto shard = running->shard.lock(); shard != nullptr && !shard->stopping) {
        begin_next(*shard);
      }
    } else if (running->is_obsolete()) {
      go_on(std::move(running), log::deletion_job::progress::done);
    } else {
      submit(std::move(running));
    }
  }));
}

void submit(std::shared_ptr<running_deletion> running) {
  io::blocking_pool& pool = running->pool;
  directory_use::claim claim;
  if (const auto shard = running->shard.lock(); shard != nullptr && running->handle != nullptr) {
    claim = shard->directories.begin(running->name);
  }
  pool.submit([running = std::move(running), claim = std::move(claim)]() mutable {
    const auto step = running->job.run_step();
    // After an error the job goes on, with the next file or with what must succeed before any file
    // goes, but not at once: where the disk is full, a step fails again and again.
    const auto progress = step ? *step : log::deletion_job::progress::waiting;
    io::event_loop& loop = running->loop;
    loop.post([running = std::move(running), claim = std::move(claim), progress]() mutable {
      go_on(std::move(running), progress);
    });
  });
}

void run(shard_context& shard, running_deletion with) {
  if (with.job.empty()) {
    return call_once(with.when_renamed);
  }
  const bool in_turn = !with.job.renamed() && with.job.has_files();
  with.renamed = !in_turn;
  auto running = std::make_shared<running_deletion>(std::move(with));
  if (!in_turn) {
    return submit(std::move(running));
  }
  shard.deletions.push_back(std::move(running));
  begin_next(shard);
}

}  // namespace

void run_deletion(shard_context& shard, log::deletion_job job, const std::string& name,
                  const open_state& of) {
  run(shard, {.shard = shard.weak_from_this(),
              .loop = shard.services.loop,
              .pool = shard.services.pool,
              .job = std::move(job),
              .name = name,
              .handle = of.handle});
}

void run_deletion(shard_context& shard, log::deletion_job job, io::task name_is_free) {
  run(shard, {.shard = shard.weak_from_this(),
              .loop = shard.services.loop,
              .pool = shard.services.pool,
              .job = std::move(job),
              .when_renamed = std::move(name_is_free)});
}

}  // namespace tidemill::partition
