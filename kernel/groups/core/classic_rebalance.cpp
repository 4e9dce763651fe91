// How a classic group comes to a new generation.
#include <algorithm>
#include <utility>

#include "groups/core/classic_group.hpp"

namespace tidemill::groups {

using std::chrono::milliseconds;

namespace {

/// Members choose their rebalance timeouts; none of them makes the group look more often.
constexpr milliseconds look_again_min{100};

}  // namespace

bool classic_group::can_rebalance() const noexcept {
  return phase_ != phase::preparing_rebalance && (phase_ != phase::empty || !members_.empty());
}

void classic_group::rebalance_or_complete_join(const moment& now, actions& out) {
  if (can_rebalance()) {
    prepare_rebalance(now, out);
  } else {
    complete_join_if_all(now, out);
  }
}

milliseconds classic_group::longest_rebalance_timeout() const noexcept {
  milliseconds longest{0};
  for (const auto& [id, member] : members_) {
    longest = std::max(longest, member.rebalance_timeout);
  }
  return longest;
}

void classic_group::prepare_rebalance(const moment& now, actions& out) {
  if (phase_ == phase::completing_rebalance) {
    fail_syncs(errc::rebalance_in_progress, now, out);
  }
  sync_deadline_.reset();
  const bool is_initial = phase_ == phase::empty;
  enter(phase::preparing_rebalance, now);
  ++out.rebalances;
  if (is_initial) {
    // More members are likely to come in a moment: one rebalance instead of many.
    const milliseconds delay = options_->initial_rebalance_delay;
    initial_ =
        initial_delay{now.monotonic, now.monotonic + std::max(delay, longest_rebalance_timeout())};
    join_deadline_ = now.monotonic + delay;
    return arm(*join_deadline_);
  }
  initial_.reset();
  if (has_everybody_joined() || members_.empty()) {
    return complete_join(now, out);
  }
  join_deadline_ = now.monotonic + longest_rebalance_timeout();
  arm(*join_deadline_);
}

bool classic_group::has_everybody_joined() const noexcept {
  return pending_.empty() && std::ranges::all_of(members_, [](const auto& each) {
           return each.second.joining.has_value();
         });
}

void classic_group::complete_join_if_all(const moment& now, actions& out) {
  if (phase_ == phase::preparing_rebalance &&
      (members_.empty() || (!initial_ && has_everybody_joined()))) {
    complete_join(now, out);
  }
}

void classic_group::join_deadline_passed(const moment& now, actions& out) {
  if (phase_ != phase::preparing_rebalance) {
    return;
  }
  if (initial_) {
    // Counted from who came last, not in whole delays: members that start together do not wait for
    // a second one.
    const auto due =
        std::min(initial_->newest + options_->initial_rebalance_delay, initial_->latest);
    if (due > now.monotonic) {
      join_deadline_ = due;
      return arm(due);
    }
  }
  complete_join(now, out);
}

void classic_group::complete_join(const moment& now, actions& out) {
  const milliseconds earliest =
      members_.empty() ? now.monotonic
                       : pace_.earliest(now.monotonic, options_->rebalances_per_minute_max);
  if (earliest > now.monotonic) {
    join_deadline_ = earliest;
    return arm(earliest);
  }
  join_deadline_.reset();
  std::vector<std::string> missing;
  for (const auto& [id, member] : members_) {
    if (!member.joining && !member.instance) {
      missing.push_back(id);
    }
  }
  for (const std::string& id : missing) {
    remove_member(id, errc::unknown_member_id, out);
  }
  if (!members_.empty() && !elect_joined_leader()) {
    // Only static members, none of which has come back: their sessions decide.
    join_deadline_ = now.monotonic + std::max(longest_rebalance_timeout(), look_again_min);
    return arm(*join_deadline_);
  }
  initial_.reset();
  begin_generation(now, out);
}

bool classic_group::elect_joined_leader() {
  const auto leader = members_.find(leader_);
  if (leader != members_.end() && leader->second.joining) {
    return true;
  }
  const auto joined = std::ranges::find_if(
      members_, [](const auto& each) { return each.second.joining.has_value(); });
  if (joined == members_.end()) {
    return false;
  }
  leader_ = joined->first;
  return true;
}

void classic_group::begin_generation(const moment& now, actions& out) {
  ++generation_;
  storing_assignments_ = false;
  pace_.count(now.monotonic, options_->rebalances_per_minute_max);
  if (members_.empty()) {
    protocol_.reset();
    learn_subscriptions();
    enter(phase::empty, now);
    return store(nullptr, then_nothing{}, out);
  }
  protocol_ = select_protocol();
  learn_subscriptions();
  enter(phase::completing_rebalance, now);
  for (auto& [id, member] : members_) {
    if (const auto to = std::exchange(member.joining, std::nullopt)) {
      out.answer(*to, joined(member, leader_ == id));
    }
    member.is_new = false;
    member.owes_sync = true;
    keep_alive(member, now);
  }
  sync_deadline_ = now.monotonic + longest_rebalance_timeout();
  arm(*sync_deadline_);
}

/// Everybody votes for the first of his protocols that all know; of equals the first in the order
/// of the first member.
std::string classic_group::select_protocol() const {
  const auto known_to_all = [this](const classic_member::protocol& candidate) {
    return is_known_to_all(candidate.name);
  };
  std::map<std::string_view, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    const auto choice = std::ranges::find_if(member.protocols, known_to_all);
    if (choice != member.protocols.end()) {
      ++votes[choice->name];
    }
  }
  std::string_view winner;
  for (const auto& each : members_.begin()->second.protocols) {
    const auto counted = votes.find(each.name);
    if (counted != votes.end() && (winner.empty() || counted->second > votes[winner])) {
      winner = each.name;
    }
  }
  return std::string(winner);
}

void classic_group::learn_subscriptions() {
  subscribed_.reset();
  if (!protocol_type_) {
    return;
  }
  std::set<std::string, std::less<>> all;
  if (!members_.empty()) {
    if (!is_consumer_protocol() || !protocol_ || options_->read_subscription == nullptr) {
      return;
    }
    for (const auto& [id, member] : members_) {
      const auto* chosen = member.find_protocol(*protocol_);
      auto topics =
          options_->read_subscription(chosen == nullptr ? bytes_view{} : view_of(chosen->metadata));
      if (!topics) {
        return;
      }
      all.insert(std::make_move_iterator(topics->begin()), std::make_move_iterator(topics->end()));
    }
  }
  subscribed_ = std::move(all);
}

}  // namespace tidemill::groups
