#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/request_dispatch.hpp"
#include "groups/host.hpp"
#include "io/asio/loop_thread.hpp"
#include "io/system_random.hpp"
#include "network/shard.hpp"
#include "partition/host.hpp"

namespace tidemill::server {

/// One shard: a thread with its loop and what lives on it. The order of the members is the order in
/// which they are made; they go in the reverse order.
struct shard {
  explicit shard(const std::string& name) : thread(name) {}

  io::asio::loop_thread thread;
  io::system_random random;
  std::unique_ptr<partition::host> partitions;
  std::unique_ptr<groups::host> groups;
  std::unique_ptr<api::request_dispatch> dispatch;
  std::unique_ptr<network::shard> connections;

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
