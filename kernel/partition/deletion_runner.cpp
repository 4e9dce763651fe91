#include <chrono>
#include <memory>
#include <utility>

#include "partition/shard_context.hpp"

namespace tidemill::partition {

namespace {

constexpr auto retry_delay = std::chrono::seconds(1);

struct running_deletion {
  std::weak_ptr<shard_context> shard;
  io::event_loop& loop;
  io::blocking_pool& pool;
  log::deletion_job job;
};

void submit(std::shared_ptr<running_deletion> running);

/// Loop thread. What is dropped at a stop is found again at the next start.
void go_on(std::shared_ptr<running_deletion> running, log::deletion_job::progress progress) {
  const auto shard = running->shard.lock();
  if (shard == nullptr || shard->stopping || progress == log::deletion_job::progress::done) {
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
    // A file that cannot be removed is given up; the job goes on with the next one.
    const auto progress = step ? *step : log::deletion_job::progress::more;
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
  submit(std::make_shared<running_deletion>(running_deletion{
      shard.weak_from_this(), shard.services.loop, shard.services.pool, std::move(job)}));
}

}  // namespace tidemill::partition
