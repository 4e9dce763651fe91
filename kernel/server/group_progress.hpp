#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "groups/core/requests.hpp"
#include "partition/progress_source.hpp"
#include "server/shard.hpp"

namespace tidemill::server {

/// Tells the partitions of one shard what consumer groups have committed. The groups of a topic are
/// spread over all shards: each is asked once, and the answer serves every partition of the topic
/// for a second. The groups are those of this broker. That shard's thread.
class group_progress final : public partition::progress_source {
 public:
  /// Borrows the shards, which outlive it and run their loops as long as questions come.
  group_progress(shard_list& shards, io::event_loop& here) noexcept;
  group_progress(const group_progress&) = delete;
  group_progress& operator=(const group_progress&) = delete;
  ~group_progress() override;

  void ask(const std::string& topic, partition_index partition,
           unique_function<void(answer)> answered) override;

 private:
  struct gathering;
  struct known {
    io::monotonic_time since{};
    std::map<partition_index, std::vector<partition::group_progress>> of_partition;
  };
  [[nodiscard]] answer answer_from(const known& from, partition_index partition) const;
  void begin(const std::string& topic);
  void arrived(const std::string& topic, gathering& of,
               std::optional<std::vector<groups::committed_progress>> part);
  void end(const std::string& topic);

  shard_list& shards_;
  io::event_loop& here_;
  std::map<std::string, known> known_;
  // Shared with the messages that are under way.
  std::map<std::string, std::shared_ptr<gathering>> gathering_;
};

}  // namespace tidemill::server
