#include "server/shard.hpp"

#include <utility>

namespace tidemill::server {

void on_each_shard(shard_list& shards, const std::function<void(shard&, finished)>& work,
                   finished done) {
  struct countdown {
    std::size_t left;
    finished done;
  };
  // Shared by the shards: the last to finish calls back. Counted on the first shard's loop only.
  auto all = std::make_shared<countdown>(countdown{shards.size(), std::move(done)});
  io::event_loop& home = shards.front()->loop();
  for (const auto& each : shards) {
    each->loop().post([&home, all, work, target = each.get()] {
      work(*target, [&home, all] {
        home.post([all] {
          if (--all->left == 0) {
            all->done();
          }
        });
      });
    });
  }
}

}  // namespace tidemill::server
