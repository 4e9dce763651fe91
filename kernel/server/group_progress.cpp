#include "server/group_progress.hpp"

#include <chrono>
#include <utility>

namespace tidemill::server {
namespace {

constexpr std::chrono::seconds kept_for{1};

}  // namespace

struct group_progress::gathering {
  struct question {
    partition_index partition;
    unique_function<void(answer)> answered;
  };
  std::vector<question> asked;
  known found;
  std::size_t left = 0;
  bool is_complete = true;
};

group_progress::group_progress(shard_list& shards, io::event_loop& here) noexcept
    : shards_(shards), here_(here) {}

group_progress::~group_progress() = default;

void group_progress::ask(const std::string& topic, partition_index partition,
                         unique_function<void(answer)> answered) {
  std::erase_if(known_, [now = here_.clock().now()](const auto& one) {
    return now - one.second.since > kept_for;
  });
  if (const auto found = known_.find(topic); found != known_.end()) {
    return answered(answer_from(found->second, partition));
  }
  const auto [at, is_new] = gathering_.try_emplace(topic);
  if (is_new) {
    at->second = std::make_shared<gathering>();
  }
  at->second->asked.push_back({partition, std::move(answered)});
  if (is_new) {
    begin(topic);
  }
}

void group_progress::begin(const std::string& topic) {
  const std::shared_ptr<gathering> all = gathering_.at(topic);
  all->left = shards_.size();
  all->found.since = here_.clock().now();  // what is told is at least as new as this
  for (const auto& each : shards_) {
    each->loop().post([this, topic, all, asked = each.get()] {
      here_.post([this, topic, all, part = asked->groups->progress(topic)]() mutable {
        arrived(topic, *all, std::move(part));
      });
    });
  }
}

void group_progress::arrived(const std::string& topic, gathering& of,
                             std::optional<std::vector<groups::committed_progress>> part) {
  of.is_complete = of.is_complete && part.has_value();
  if (part) {
    for (groups::committed_progress& one : *part) {
      of.found.of_partition[partition_index{one.partition}].push_back(
          {std::move(one.group), offset{one.offset},
           io::wall_time(std::chrono::milliseconds(one.commit_time_ms)), one.member_count});
    }
  }
  if (--of.left == 0) {
    end(topic);
  }
}

void group_progress::end(const std::string& topic) {
  const std::shared_ptr<gathering> ended = std::move(gathering_.extract(topic).mapped());
  if (ended->is_complete) {
    known_.insert_or_assign(topic, ended->found);
  }
  for (gathering::question& one : ended->asked) {
    one.answered(ended->is_complete ? answer_from(ended->found, one.partition) : std::nullopt);
  }
}

group_progress::answer group_progress::answer_from(const known& from,
                                                   partition_index partition) const {
  const auto found = from.of_partition.find(partition);
  return found == from.of_partition.end() ? std::vector<partition::group_progress>()
                                          : found->second;
}

}  // namespace tidemill::server
