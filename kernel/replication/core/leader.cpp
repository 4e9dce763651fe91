#include "replication/core/leader.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tidemill::replication {

namespace {

bool contains(const std::vector<broker_id>& ids, broker_id id) noexcept {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::vector<follower_progress>::iterator find(std::vector<follower_progress>& followers,
                                              broker_id id) noexcept {
  return std::find_if(followers.begin(), followers.end(),
                      [id](const follower_progress& each) { return each.id == id; });
}

}  // namespace

// Role and in-sync set ----------------------------------------------------------------------------

void leader::step(const elected& event, actions& out) {
  TIDEMILL_ASSERT(event.high_watermark <= event.log_end);
  TIDEMILL_ASSERT(event.synced_end <= event.log_end);
  const bool same_epoch = leading_ && event.epoch == epoch_;
  if (leading_ && event.epoch < epoch_) {
    return;  // older metadata than what is known already
  }
  if (!same_epoch) {
    fail_all(errc::not_leader, out);
    followers_.clear();
    epoch_start_ = event.log_end;
    high_watermark_ = event.high_watermark;
    last_stable_offset_ = event.high_watermark;
    first_unstable_.reset();
    proposal_in_flight_ = false;
  }
  leading_ = true;
  self_ = event.self;
  epoch_ = event.epoch;
  version_ = event.version;
  in_sync_replicas_min_ = event.in_sync_replicas_min;
  sync_before_commit_ = event.sync_before_commit;
  lag_max_ = event.lag_max;
  now_ = event.now;
  log_end_ = event.log_end;
  synced_end_ = event.synced_end;
  std::erase_if(followers_, [&event](const follower_progress& each) {
    return !contains(event.replicas, each.id);
  });
  for (const broker_id id : event.replicas) {
    if (id != self_ && find(followers_, id) == followers_.end()) {
      follower_progress added;
      added.id = id;
      added.fetched_at = event.now;
      added.caught_up_at = event.now - lag_max_ - std::chrono::nanoseconds(1);
      followers_.push_back(added);
    }
  }
  set_members(event.in_sync, event.now);
  advance(out);
}

void leader::step(const resigned&, actions& out) {
  leading_ = false;
  proposal_in_flight_ = false;
  fail_all(errc::not_leader, out);
}

void leader::step(const settings_changed& event, actions& out) {
  in_sync_replicas_min_ = event.in_sync_replicas_min;
  sync_before_commit_ = event.sync_before_commit;
  advance(out);
}

void leader::step(const in_sync_committed& event, actions& out) {
  if (!leading_ || event.version <= version_) {
    return;
  }
  version_ = event.version;
  now_ = std::max(now_, event.now);
  proposal_in_flight_ = false;
  set_members(event.in_sync, event.now);
  advance(out);
}

void leader::step(const in_sync_refused&, actions& out) {
  // Joining replicas go on counting: the change may have been made though its answer was lost (R5).
  // Only the next committed set lets them go.
  proposal_in_flight_ = false;
  advance(out);
}

void leader::step(const replica_eligible& event, actions& out) {
  const auto found = find(followers_, event.replica);
  if (found != followers_.end()) {
    found->eligible = event.eligible;
    advance(out);
  }
}

void leader::set_members(const std::vector<broker_id>& in_sync, monotonic_time now) {
  for (follower_progress& each : followers_) {
    const bool member = contains(in_sync, each.id);
    if (member && !each.in_sync) {
      each.caught_up_at = std::max(each.caught_up_at, now);
    }
    each.in_sync = member;
    each.joining = false;
  }
}

// Progress ----------------------------------------------------------------------------------------

void leader::step(const appended& event, actions& out) {
  TIDEMILL_ASSERT(event.end >= log_end_);
  log_end_ = event.end;
  advance(out);
}

void leader::step(const synced& event, actions& out) {
  synced_end_ = std::max(synced_end_, std::min(event.end, log_end_));
  advance(out);
}

void leader::step(const unstable_moved& event, actions& out) {
  first_unstable_ = event.first;
  update_last_stable(out);
}

void leader::step(const replica_fetched& event, actions& out) {
  now_ = std::max(now_, event.now);
  const auto found = find(followers_, event.replica);
  if (!leading_ || found == followers_.end()) {
    return;
  }
  follower_progress& follower = *found;
  if (event.log_end >= log_end_) {
    follower.caught_up_at = std::max(follower.caught_up_at, event.now);
  } else if (follower.log_end && event.log_end >= follower.leader_end_at_fetch) {
    follower.caught_up_at = std::max(follower.caught_up_at, follower.fetched_at);
  }
  follower.log_end = std::min(event.log_end, log_end_);
  follower.leader_end_at_fetch = log_end_;
  follower.fetched_at = event.now;
  advance(out);
  propose(out);
}

void leader::step(const ticked& event, actions& out) {
  now_ = std::max(now_, event.now);
  if (leading_ && !followers_.empty()) {
    advance(out);
    propose(out);
  }
}

bool leader::is_caught_up(const follower_progress& follower) const noexcept {
  return (follower.log_end && *follower.log_end >= log_end_) ||
         now_ - follower.caught_up_at <= lag_max_;
}

bool leader::counts_for_commit(const follower_progress& follower) const noexcept {
  return follower.in_sync || follower.joining ||
         (follower.log_end && follower.eligible && is_caught_up(follower));
}

void leader::advance(actions& out) {
  if (!leading_) {
    return;
  }
  if (!under_min_in_sync()) {  // else nothing is committed (R6)
    offset reached = local_end();
    for (const follower_progress& each : followers_) {
      if (counts_for_commit(each)) {
        reached = std::min(reached, each.log_end.value_or(high_watermark_));
      }
    }
    if (reached > high_watermark_) {
      high_watermark_ = reached;
      out.high_watermark_moved = true;
    }
  }
  update_last_stable(out);
  release_reached(out);
}

void leader::update_last_stable(actions& out) noexcept {
  const offset stable =
      first_unstable_ ? std::min(*first_unstable_, high_watermark_) : high_watermark_;
  if (stable != last_stable_offset_) {
    out.last_stable_offset_moved = out.last_stable_offset_moved || stable > last_stable_offset_;
    last_stable_offset_ = stable;
  }
}

bool leader::may_join(const follower_progress& follower) const noexcept {
  return !follower.in_sync && !follower.joining && follower.eligible && follower.log_end &&
         *follower.log_end >= high_watermark_ && *follower.log_end >= epoch_start_;
}

void leader::propose(actions& out) {
  if (proposal_in_flight_) {
    return;
  }
  in_sync_proposal proposal{epoch_, version_, {self_}};
  bool changed = false;
  for (follower_progress& each : followers_) {
    const bool joins = may_join(each);
    const bool leaves = each.in_sync && !is_caught_up(each);
    each.joining = each.joining || joins;
    if ((each.in_sync || each.joining) && !leaves) {
      proposal.in_sync.push_back(each.id);
    }
    changed = changed || joins || leaves || (each.joining && !each.in_sync);
  }
  if (changed) {
    proposal_in_flight_ = true;
    out.proposal = std::move(proposal);
  }
}

// Waiting appends ---------------------------------------------------------------------------------

void leader::step(const awaited& event, actions& out) {
  TIDEMILL_ASSERT(event.what != acknowledgement::none);
  if (!leading_) {
    out.releases.push_back({event.token, errc::not_leader});
    return;
  }
  (event.what == acknowledgement::all ? commit_waiters_ : sync_waiters_)
      .push(event.token, event.end);
  release_reached(out);
}

void leader::step(const wait_expired& event, actions& out) {
  if (commit_waiters_.remove(event.token)) {
    out.releases.push_back({event.token, under_min_in_sync()
                                             ? errc::not_enough_replicas_after_append
                                             : errc::timed_out});
  } else if (sync_waiters_.remove(event.token)) {
    out.releases.push_back({event.token, errc::timed_out});
  }
}

void leader::release_reached(actions& out) {
  while (commit_waiters_.front_is_within(high_watermark_)) {
    const auto failure =
        under_min_in_sync() ? std::optional(errc::not_enough_replicas_after_append) : std::nullopt;
    out.releases.push_back({commit_waiters_.front(), failure});
    commit_waiters_.pop();
  }
  while (sync_waiters_.front_is_within(local_end())) {
    out.releases.push_back({sync_waiters_.front(), std::nullopt});
    sync_waiters_.pop();
  }
}

void leader::fail_all(errc failure, actions& out) {
  for (waiter_queue* queue : {&commit_waiters_, &sync_waiters_}) {
    while (!queue->empty()) {
      out.releases.push_back({queue->front(), failure});
      queue->pop();
    }
  }
}

// Questions ---------------------------------------------------------------------------------------

result<void> leader::check_epoch(std::optional<leader_epoch> expected) const noexcept {
  if (!leading_) {
    return make_error_code(errc::not_leader);
  }
  if (expected && *expected < epoch_) {
    return make_error_code(errc::fenced_leader_epoch);
  }
  if (expected && *expected > epoch_) {
    return make_error_code(errc::unknown_leader_epoch);
  }
  return {};
}

result<void> leader::admit(bool acknowledged_by_all,
                           std::optional<leader_epoch> expected) const noexcept {
  TIDEMILL_TRY(check_epoch(expected));
  if (acknowledged_by_all && under_min_in_sync()) {
    return make_error_code(errc::not_enough_replicas);
  }
  return {};
}

bool leader::is_acknowledged(acknowledgement what, offset end) const noexcept {
  switch (what) {
    case acknowledgement::none:
      return true;
    case acknowledgement::leader:
      return end <= local_end();
    case acknowledgement::all:
      return end <= high_watermark_ && !under_min_in_sync();
  }
  return false;
}

std::size_t leader::in_sync_count() const noexcept {
  std::size_t count = 1;
  for (const follower_progress& each : followers_) {
    count += each.in_sync ? 1U : 0U;
  }
  return count;
}

bool leader::under_min_in_sync() const noexcept {
  if (followers_.empty()) {
    return false;  // one replica can never be asked for more than itself
  }
  const auto asked = static_cast<std::size_t>(std::max(in_sync_replicas_min_, 1));
  return in_sync_count() < std::min(asked, followers_.size() + 1);
}

}  // namespace tidemill::replication
