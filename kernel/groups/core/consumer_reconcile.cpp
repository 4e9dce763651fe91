// What a group of the new protocol assigns, and how its members come to have it.
#include <algorithm>
#include <utility>

#include "groups/core/consumer_group.hpp"

namespace tidemill::groups {

namespace {

constexpr std::int8_t state_stable = 0;
constexpr std::int8_t state_unrevoked = 1;
constexpr std::int8_t state_unreleased = 2;

/// FNV-1a: tells whether what the group subscribes to is still what it was, also after a restart.
class hasher {
 public:
  void add(std::uint64_t value) noexcept {
    for (int shift = 0; shift < 64; shift += 8) {
      hash_ = (hash_ ^ ((value >> shift) & 0xffU)) * 0x100000001b3ULL;
    }
  }
  void add(const uuid& id) noexcept {
    for (const auto octet : id.octets) {
      add(octet);
    }
  }
  [[nodiscard]] std::int64_t value() const noexcept { return static_cast<std::int64_t>(hash_); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

/// Whether the member still holds some of them; without a word it holds all that it had.
bool holds_any(const std::optional<partition_set>& owned, const partition_set& of) {
  if (!owned) {
    return true;
  }
  return std::ranges::any_of(*owned, [&](const auto& each) {
    return std::ranges::any_of(
        each.second, [&](std::int32_t partition) { return contains(of, each.first, partition); });
  });
}

}  // namespace

// Assignment --------------------------------------------------------------------------------------

void consumer_group::advance_epoch(std::vector<state_record>& records) {
  ++epoch_;
  records.emplace_back(
      consumer_epoch_record{id_, consumer_epoch_record::contents{epoch_, metadata_hash_}});
}

std::set<std::string> consumer_group::topics_of(const consumer_member_record::contents& settings,
                                                const topic_catalog* catalog) const {
  std::set<std::string> names(settings.topics.begin(), settings.topics.end());
  if (settings.expression && catalog != nullptr) {
    const auto matched = matches_.find(*settings.expression);
    if (matched != matches_.end()) {
      names.insert(matched->second.begin(), matched->second.end());
    }
  }
  return names;
}

bool consumer_group::update_topics(const topic_catalog* catalog) {
  topics_.clear();
  matches_.clear();
  catalog_version_ = catalog == nullptr ? 0 : catalog->version();
  if (catalog != nullptr) {
    for (const auto& [id, who] : members_) {
      if (who.settings.expression && !matches_.contains(*who.settings.expression)) {
        const auto names = catalog->match(*who.settings.expression);
        auto& matched = matches_[*who.settings.expression];
        if (names) {
          matched.insert(names->begin(), names->end());
        }
      }
    }
    for (const auto& [id, who] : members_) {
      for (const std::string& name : topics_of(who.settings, catalog)) {
        if (const auto topic = catalog->find(name)) {
          topics_.emplace(name, *topic);
        }
      }
    }
  }
  hasher hash;
  for (const auto& [name, topic] : topics_) {
    hash.add(topic.id);
    hash.add(static_cast<std::uint64_t>(topic.partition_count));
  }
  const std::int64_t value = topics_.empty() ? 0 : hash.value();
  return std::exchange(metadata_hash_, value) != value;
}

/// The one that most members ask for; uniform where none does.
std::string consumer_group::assignor() const {
  std::size_t for_range = 0;
  std::size_t for_uniform = 0;
  for (const auto& [id, who] : members_) {
    for_range += who.settings.assignor == range_assignor ? 1U : 0U;
    for_uniform += who.settings.assignor == uniform_assignor ? 1U : 0U;
  }
  return std::string(for_range > for_uniform ? range_assignor : uniform_assignor);
}

void consumer_group::assign_anew(std::vector<state_record>& records) {
  std::vector<assignor_member> asked;
  for (const auto& [id, who] : members_) {
    auto& row = asked.emplace_back();
    row.id = id;
    row.order = who.settings.instance ? std::string_view(*who.settings.instance) : id;
    row.before = &who.target;
    std::set<std::string> names(who.settings.topics.begin(), who.settings.topics.end());
    if (who.settings.expression) {
      const auto matched = matches_.find(*who.settings.expression);
      if (matched != matches_.end()) {
        names.insert(matched->second.begin(), matched->second.end());
      }
    }
    for (const std::string& name : names) {
      if (const auto topic = topics_.find(name); topic != topics_.end()) {
        row.topics.insert(topic->second.id);
      }
    }
  }
  std::vector<assignor_topic> topics;
  for (const auto& [name, topic] : topics_) {
    topics.push_back({topic.id, topic.partition_count});
  }
  auto target = assign(assignor(), asked, topics);
  for (auto& [id, who] : members_) {
    auto& dealt = target.find(id)->second;
    if (dealt != who.target) {
      who.target = std::move(dealt);
      records.emplace_back(consumer_target_record{id_, id, who.target});
    }
  }
  target_epoch_ = epoch_;
  records.emplace_back(consumer_target_epoch_record{id_, target_epoch_});
}

// Reconciliation ----------------------------------------------------------------------------------

consumer_current_record::contents consumer_group::reconciled(
    const member& who, const std::string& id, const std::optional<partition_set>& owned) const {
  const auto& current = who.current;
  switch (current.state) {
    case state_unrevoked:
      if (holds_any(owned, current.to_revoke)) {
        return current;
      }
      return next_assignment(who, id, current.epoch + 1, owned);
    case state_unreleased:
      return next_assignment(who, id, current.epoch, owned);
    default:
      if (current.epoch < target_epoch_) {
        return next_assignment(who, id, current.epoch, owned);
      }
      return current;
  }
}

std::set<std::pair<uuid, std::int32_t>> consumer_group::held_by_others(
    const std::string& id) const {
  std::set<std::pair<uuid, std::int32_t>> held;
  const auto add = [&](const partition_set& all) {
    for (const auto& [topic, partitions] : all) {
      for (const std::int32_t partition : partitions) {
        held.emplace(topic, partition);
      }
    }
  };
  for (const auto& [other, who] : members_) {
    if (other != id) {
      add(who.current.assigned);
    }
    add(who.current.to_revoke);
  }
  return held;
}

/// First gives up what it is to have no longer, then takes what others have let go of: nobody ever
/// has a partition that another may still work on.
consumer_current_record::contents consumer_group::next_assignment(
    const member& who, const std::string& id, std::int32_t epoch,
    const std::optional<partition_set>& owned) const {
  consumer_current_record::contents next;
  partition_set wanted;
  for (const auto& [topic, partitions] : who.current.assigned) {
    for (const std::int32_t partition : partitions) {
      (contains(who.target, topic, partition) ? next.assigned : next.to_revoke)[topic].insert(
          partition);
    }
  }
  next.previous_epoch = epoch == who.current.epoch ? who.current.previous_epoch : who.current.epoch;
  next.epoch = epoch;
  if (!next.to_revoke.empty() && holds_any(owned, next.to_revoke)) {
    next.state = state_unrevoked;
    return next;
  }
  next.to_revoke.clear();
  for (const auto& [topic, partitions] : who.target) {
    for (const std::int32_t partition : partitions) {
      if (!contains(next.assigned, topic, partition)) {
        wanted[topic].insert(partition);
      }
    }
  }
  next.state = state_stable;
  if (!wanted.empty()) {
    const auto held = held_by_others(id);
    for (const auto& [topic, partitions] : wanted) {
      for (const std::int32_t partition : partitions) {
        if (held.contains({topic, partition})) {
          next.state = state_unreleased;
        } else {
          next.assigned[topic].insert(partition);
        }
      }
    }
  }
  next.epoch = target_epoch_;
  next.previous_epoch =
      next.epoch == who.current.epoch ? who.current.previous_epoch : who.current.epoch;
  return next;
}

}  // namespace tidemill::groups
