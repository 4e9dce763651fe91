#include "groups/core/assignment.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace tidemill::groups {

bool contains(const partition_set& all, const uuid& topic, std::int32_t partition) {
  const auto of = all.find(topic);
  return of != all.end() && of->second.contains(partition);
}

bool is_subset(const partition_set& part, const partition_set& all) {
  return std::ranges::all_of(part, [&](const auto& each) {
    return std::ranges::all_of(
        each.second, [&](std::int32_t partition) { return contains(all, each.first, partition); });
  });
}

std::size_t partition_count(const partition_set& all) noexcept {
  return std::accumulate(
      all.begin(), all.end(), std::size_t{0},
      [](std::size_t sum, const auto& each) { return sum + each.second.size(); });
}

bool is_assignor(std::string_view name) noexcept {
  return name == uniform_assignor || name == range_assignor;
}

namespace {

/// Spreads all partitions over their subscribers: keeps what may stay, gives away what is free to
/// whoever has least, then evens out.
class uniform {
 public:
  uniform(const std::vector<assignor_member>& members, const std::vector<assignor_topic>& topics)
      : members_(members), loads_(members.size(), 0), dealt_(members.size()) {
    for (const assignor_topic& topic : topics) {
      add_topic(topic);
    }
  }

  target_assignment deal() {
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      if (!parts_[index].owner) {
        if (const auto least = least_loaded(parts_[index].topic)) {
          give(index, *least);
        }
      }
    }
    even_out();
    target_assignment target;
    for (std::size_t member = 0; member < members_.size(); ++member) {
      target.emplace(members_[member].id, partition_set{});
    }
    for (const part& each : parts_) {
      if (each.owner) {
        target.find(members_[*each.owner].id)->second[each.topic].insert(each.partition);
      }
    }
    return target;
  }

 private:
  struct part {
    uuid topic;
    std::int32_t partition = 0;
    std::optional<std::size_t> owner;
  };

  void add_topic(const assignor_topic& topic) {
    for (std::size_t member = 0; member < members_.size(); ++member) {
      if (members_[member].topics.contains(topic.id)) {
        subscribers_[topic.id].push_back(member);
      }
    }
    for (std::int32_t partition = 0; partition < topic.partition_count; ++partition) {
      parts_.push_back({topic.id, partition, std::nullopt});
      for (const std::size_t member : subscribers_[topic.id]) {
        const auto* before = members_[member].before;
        if (before != nullptr && contains(*before, topic.id, partition)) {
          give(parts_.size() - 1, member);
          break;
        }
      }
    }
  }

  void give(std::size_t index, std::size_t member) {
    parts_[index].owner = member;
    ++loads_[member];
    dealt_[member].push_back(index);
  }

  [[nodiscard]] std::optional<std::size_t> least_loaded(const uuid& topic) const {
    const auto& candidates = subscribers_.find(topic)->second;
    const auto least = std::ranges::min_element(candidates, {},
                                                [&](std::size_t member) { return loads_[member]; });
    return least == candidates.end() ? std::nullopt : std::optional(*least);
  }

  /// Each round moves the last partition that somebody has too many of; loads only become more
  /// even, so it ends.
  void even_out() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (std::size_t member = 0; member < members_.size(); ++member) {
        while (relieve(member)) {
          moved = true;
        }
      }
    }
  }

  bool relieve(std::size_t member) {
    auto& mine = dealt_[member];
    for (std::size_t place = mine.size(); place-- > 0;) {
      const std::size_t index = mine[place];
      const auto to = least_loaded(parts_[index].topic);
      if (to && loads_[*to] + 1 < loads_[member]) {
        mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(place));
        --loads_[member];
        give(index, *to);
        return true;
      }
    }
    return false;
  }

  const std::vector<assignor_member>& members_;
  std::vector<std::size_t> loads_;
  /// Positions in parts_, by member.
  std::vector<std::vector<std::size_t>> dealt_;
  std::vector<part> parts_;
  std::map<uuid, std::vector<std::size_t>> subscribers_;
};

target_assignment deal_ranges(const std::vector<assignor_member>& members,
                              const std::vector<assignor_topic>& topics) {
  target_assignment target;
  std::vector<const assignor_member*> ordered;
  for (const assignor_member& each : members) {
    target.emplace(each.id, partition_set{});
    ordered.push_back(&each);
  }
  std::ranges::sort(ordered,
                    [](const auto* left, const auto* right) { return left->order < right->order; });
  for (const assignor_topic& topic : topics) {
    std::vector<const assignor_member*> subscribers;
    std::ranges::copy_if(ordered, std::back_inserter(subscribers),
                         [&](const auto* each) { return each->topics.contains(topic.id); });
    const auto count = static_cast<std::int32_t>(subscribers.size());
    std::int32_t next = 0;
    for (std::int32_t place = 0; place < count; ++place) {
      const std::int32_t share =
          topic.partition_count / count + (place < topic.partition_count % count ? 1 : 0);
      for (std::int32_t left = share; left > 0; --left) {
        const auto id = subscribers[static_cast<std::size_t>(place)]->id;
        target.find(id)->second[topic.id].insert(next++);
      }
    }
  }
  return target;
}

}  // namespace

target_assignment assign(std::string_view assignor, const std::vector<assignor_member>& members,
                         const std::vector<assignor_topic>& topics) {
  return assignor == range_assignor ? deal_ranges(members, topics)
                                    : uniform(members, topics).deal();
}

}  // namespace tidemill::groups
