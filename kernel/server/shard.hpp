#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/request_dispatch.hpp"
#include "groups/host.hpp"
#include "io/asio/loop_thread.hpp"
#include "io/system_random.hpp"
#include "network/shard.hpp"
#include "partition/host.hpp"
#include "partition/progress_source.hpp"

namespace tidemill::server {

/// One shard: a thread with its loop and what lives on it. The order of the members is the order in
/// which they are made; they go in the reverse order.
struct shard {
  explicit shard(const std::string& name) : thread(name) {}

  io::asio::loop_thread thread;
  io::system_random random;
  std::unique_ptr<partition::progress_source> progress;
  std::unique_ptr<partition::host> partitions;
  std::unique_ptr<groups::host> groups;
  std::unique_ptr<api::request_dispatch> dispatch;
  std::unique_ptr<network::shard> connections;

  /// Closes the partitions; the first who asks has it done, `done` is called for him alone. Its
  /// thread. False when somebody has asked before.
  bool stop_partitions(unique_function<void()> done) {
    if (std::exchange(partitions_are_stopping, true)) {
      return false;
    }
    partitions->stop([this, done = std::move(done)]() mutable {
      partitions_are_stopped = true;
      done();
    });
    return true;
  }
  bool partitions_are_stopping = false;
  bool partitions_are_stopped = false;

  [[nodiscard]] io::event_loop& loop() noexcept { return thread.loop(); }
};

using shard_list = std::vector<std::unique_ptr<shard>>;

/// Runs `work` on each shard's loop, then `done` on the loop of the first; `work` gets the shard
/// and a callable that it has to call, on that loop, when it has finished. Called on the loop of
/// the first.
using finished = unique_function<void()>;
void on_each_shard(shard_list& shards, const std::function<void(shard&, finished)>& work,
                   finished done);

}  // namespace tidemill::server
