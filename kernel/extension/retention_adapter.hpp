#pragma once

#include <chrono>
#include <deque>
#include <memory>

#include "extension/extension_point.hpp"
#include "io/event_loop.hpp"
#include "partition/retention_extension.hpp"

namespace tidemill::extension {

/// A retention plugin behind the kernel's seam. The plugin fails, is missing or left alone:
/// everything is kept, the topic's own limits too, for nobody knows what the plugin would have
/// spared. A plugin that may block is called on the blocking pool, one question of a shard after
/// the other; one that takes longer than blocking_call_time_max, or than the time of its
/// configuration where that is more, has failed, and everything is kept. One that has not returned
/// after host_environment::hang_after is waited for no longer, and asked nothing until it has.
class retention_adapter final : public partition::retention_extension {
 public:
  /// Borrows all of it; `loops` are those of the shards.
  retention_adapter(extension_point& point, const host_environment& environment,
                    const std::vector<io::event_loop*>& loops, io::blocking_pool& pool);
  ~retention_adapter() override;

  [[nodiscard]] bool needs_disk(shard_index shard) const noexcept override;
  [[nodiscard]] bool needs_groups(shard_index shard) const noexcept override;
  void ask(partition::retention_question question,
           unique_function<void(partition::retention_votes)> answered) override;
  /// Closes the state of the shard on the blocking pool once the question in work is answered, then
  /// calls back: before another instance takes the seat. Shard's thread, one at a time.
  void release(shard_index shard, unique_function<void()> released);

  static constexpr std::chrono::seconds blocking_call_time_max{1};

 private:
  struct pool_side;
  struct pool_answer;
  struct waiting;
  struct shard_side;
  [[nodiscard]] partition::retention_votes ask_here(seat& here,
                                                    const partition::retention_question& question);
  void ask_next(shard_index shard);
  /// On the pool.
  [[nodiscard]] pool_answer call_on_pool(pool_side& with,
                                         const partition::retention_question& question) const;
  void returned(shard_index shard, std::uint64_t turn, pool_answer& made);
  void give_up(shard_index shard, std::uint64_t turn);
  void finished(shard_index shard, partition::retention_votes votes);

  extension_point& point_;
  const host_environment& environment_;
  const std::vector<io::event_loop*>& loops_;
  io::blocking_pool& pool_;
  std::vector<std::unique_ptr<shard_side>> shards_;
};

}  // namespace tidemill::extension
