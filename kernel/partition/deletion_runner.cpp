#include <chrono>
#include <memory>
#include <utility>

#include "partition/shard_context.hpp"

namespace tidemill::partition {

namespace {

constexpr auto retry_delay = std::chrono::seconds(1);

void submit(std::shared_ptr<running_deletion> running);

/// The next job begins when the one before has renamed its files, so that those of one log lose
/// their names in the order of their offsets.
void begin_next(shard_context& shard) {
  while (!shard.deletions.empty() && shard.deletions.front()->is_obsolete()) {
    shard.deletions.pop_front();
  }
  if (!shard.deletions.empty()) {
    submit(shard.deletions.front());
  }
}

/// Loop thread. What is dropped at a stop is found again at the next start.
void go_on(std::shared_ptr<running_deletion> running, log::deletion_job::progress progress) {
  const auto shard = running->shard.lock();
  if (shard == nullptr || shard->stopping) {
    return;
  }
  const bool obsolete = running->is_obsolete();
  if (!running->renamed && (obsolete || running->job.renamed())) {
    running->renamed = true;
    shard->deletions.pop_front();
    begin_next(*shard);
  }
  if (obsolete || progress == log::deletion_job::progress::done) {
    return;
  }
  if (progress == log::deletion_job::progress::more) {
    return submit(std::move(running));
  }
  io::event_loop& loop = running->loop;
  static_cast<void>(loop.schedule(retry_delay, [running = std::move(running)]() mutable {
    if (running->is_obsolete()) {
      return go_on(std::move(running), log::deletion_job::progress::done);
    }
    submit(std::move(running));
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

void run(shard_context& shard, log::deletion_job job, const std::string& name,
         std::shared_ptr<partition*> handle) {
  if (job.empty()) {
    return;
  }
  const bool in_turn = !job.renamed() && job.has_files();
  auto running = std::make_shared<running_deletion>(
      running_deletion{shard.weak_from_this(), shard.services.loop, shard.services.pool,
                       std::move(job), name, std::move(handle), !in_turn});
  if (!in_turn) {
    return submit(std::move(running));
  }
  shard.deletions.push_back(std::move(running));
  if (shard.deletions.size() == 1) {
    begin_next(shard);
  }
}

}  // namespace

void run_deletion(shard_context& shard, log::deletion_job job, const std::string& name,
                  const open_state& of) {
  run(shard, std::move(job), name, of.handle);
}

void run_deletion(shard_context& shard, log::deletion_job job) {
  run(shard, std::move(job), {}, nullptr);
}

}  // namespace tidemill::partition
