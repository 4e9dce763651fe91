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
  if (!running->renamed && running->job.renamed()) {
    running->renamed = true;
    shard->deletions.pop_front();
    begin_next(*shard);
  }
  if (progress == log::deletion_job::progress::done) {
    return;
  }
  if (progress == log::deletion_job::progress::more) {
    return submit(std::move(running));
  }
  io::event_loop& loop = running->loop;
  static_cast<void>(loop.schedule(
      retry_delay, [running = std::move(running)]() mutable { submit(std::move(running)); }));
}

void submit(std::shared_ptr<running_deletion> running) {
  io::blocking_pool& pool = running->pool;
  pool.submit([running = std::move(running)]() mutable {
    const auto step = running->job.run_step();
    // After an error the job goes on, with the next file or with what must succeed before any file
    // goes, but not at once: where the disk is full, a step fails again and again.
    const auto progress = step ? *step : log::deletion_job::progress::waiting;
    io::event_loop& loop = running->loop;
    loop.post([running = std::move(running), progress]() mutable {
      go_on(std::move(running), progress);
    });
  });
}

}  // namespace

void run_deletion(shard_context& shard, log::deletion_job job) {
  if (job.empty()) {
    return;
  }
  const bool in_turn = !job.renamed() && job.has_files();
  auto running = std::make_shared<running_deletion>(running_deletion{
      shard.weak_from_this(), shard.services.loop, shard.services.pool, std::move(job), !in_turn});
  if (!in_turn) {
    return submit(std::move(running));
  }
  shard.deletions.push_back(std::move(running));
  if (shard.deletions.size() == 1) {
    begin_next(shard);
  }
}

}  // namespace tidemill::partition
