#include "groups/core/classic_group.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::groups {

using std::chrono::milliseconds;

const classic_member::protocol* classic_member::find_protocol(
    std::string_view name) const noexcept {
  const auto found = std::ranges::find(protocols, name, &protocol::name);
  return found == protocols.end() ? nullptr : &*found;
}

bool classic_member::has_same_protocols(const join_request& request) const noexcept {
  return std::ranges::equal(protocols, request.protocols,
                            [](const protocol& mine, const join_request::protocol& asked) {
                              return mine.name == asked.name &&
                                     std::ranges::equal(view_of(mine.metadata), asked.metadata);
                            });
}

std::size_t classic_member::metadata_bytes() const noexcept {
  std::size_t size = view_of(assignment).size();
  for (const protocol& each : protocols) {
    size += each.name.size() + view_of(each.metadata).size();
  }
  return size;
}

classic_group::classic_group(const group_options& options, std::string id,
                             std::uint64_t incarnation)
    : options_(&options), id_(std::move(id)), incarnation_(incarnation) {}

std::string_view classic_group::state_name() const noexcept {
  switch (phase_) {
    case phase::empty:
      return "Empty";
    case phase::preparing_rebalance:
      return "PreparingRebalance";
    case phase::completing_rebalance:
      return "CompletingRebalance";
    case phase::stable:
      return "Stable";
  }
  return "Dead";
}

void classic_group::enter(phase next, const moment& now) {
  previous_phase_ = std::exchange(phase_, next);
  state_time_ms_ = now.wall_ms;
}

bool classic_group::is_subscribed_to(std::string_view topic) const noexcept {
  return subscribed_ ? subscribed_->contains(topic) : is_consumer_protocol();
}

// Members -----------------------------------------------------------------------------------------

errc classic_group::check(const member_claim& claim) const noexcept {
  if (claim.instance) {
    const auto owner = static_members_.find(*claim.instance);
    if (owner == static_members_.end()) {
      return errc::unknown_member_id;
    }
    if (owner->second != claim.id) {
      return errc::fenced_instance_id;
    }
  }
  return members_.contains(claim.id) ? errc::none : errc::unknown_member_id;
}

errc classic_group::heartbeat(const heartbeat_request& request, const moment& now) {
  if (const errc wrong = check(request.member); wrong != errc::none) {
    return wrong;
  }
  if (request.generation != generation_) {
    return errc::illegal_generation;
  }
  if (phase_ == phase::empty) {
    return errc::unknown_member_id;
  }
  keep_alive(members_.find(request.member.id)->second, now);
  return phase_ == phase::preparing_rebalance ? errc::rebalance_in_progress : errc::none;
}

errc classic_group::check_commit(const commit_request& request, const moment& now) {
  if (request.generation < 0 && phase_ == phase::empty) {
    return errc::none;
  }
  if (request.generation < 0 && request.member.id.empty() && !request.member.instance) {
    return errc::unknown_member_id;
  }
  if (const errc wrong = check(request.member); wrong != errc::none) {
    return wrong;
  }
  if (request.generation != generation_) {
    return errc::illegal_generation;
  }
  // The member knows the generation, so it waits for its assignment, and has nothing to commit.
  if (phase_ == phase::completing_rebalance) {
    return errc::rebalance_in_progress;
  }
  keep_alive(members_.find(request.member.id)->second, now);
  return errc::none;
}

std::vector<errc> classic_group::leave(std::span<const member_claim> members, const moment& now,
                                       actions& out) {
  std::vector<errc> outcomes;
  outcomes.reserve(members.size());
  const std::size_t before = members_.size();
  for (const member_claim& each : members) {
    outcomes.push_back(leave_one(each, out));
  }
  if (members_.size() != before) {
    rebalance_or_complete_join(now, out);
  } else {
    complete_join_if_all(now, out);  // it may have waited for one that was only expected
  }
  return outcomes;
}

errc classic_group::leave_one(const member_claim& claim, actions& out) {
  if (claim.id.empty()) {
    const auto owner =
        claim.instance ? static_members_.find(*claim.instance) : static_members_.end();
    if (owner == static_members_.end()) {
      return errc::unknown_member_id;
    }
    remove_member(std::string(owner->second), errc::unknown_member_id, out);
    return errc::none;
  }
  if (const auto waiting = pending_.find(claim.id); waiting != pending_.end()) {
    expect_no_more(waiting);
    return errc::none;
  }
  const errc wrong = check(claim);
  if (wrong == errc::none) {
    remove_member(std::string(claim.id), errc::unknown_member_id, out);
  }
  return wrong;
}

/// `id` is not a view of the member itself.
void classic_group::remove_member(std::string_view id, errc why, actions& out) {
  const auto found = members_.find(id);
  classic_member& member = found->second;
  if (member.joining) {
    out.answer(*member.joining, join_reply{.error = why, .member = member.id});
  }
  if (member.syncing) {
    out.answer(*member.syncing, sync_reply{.error = why});
  }
  if (member.instance) {
    static_members_.erase(*member.instance);
  }
  metadata_bytes_ -= std::min(metadata_bytes_, member.metadata_bytes());
  const bool led = leader_ == id;
  forget(member);
  members_.erase(found);
  if (led) {
    leader_ = members_.empty() ? std::string() : members_.begin()->first;
  }
}

void classic_group::resign(errc why, actions& out) {
  for (auto& [id, member] : members_) {
    if (const auto to = std::exchange(member.joining, std::nullopt)) {
      out.answer(*to, join_reply{.error = why, .member = id});
    }
    if (const auto to = std::exchange(member.syncing, std::nullopt)) {
      out.answer(*to, sync_reply{.error = why});
    }
  }
}

// Deadlines ---------------------------------------------------------------------------------------

void classic_group::arm(milliseconds deadline) noexcept {
  wake_at_ = wake_at_ ? std::min(*wake_at_, deadline) : deadline;
}

std::optional<milliseconds> classic_group::next_deadline() const noexcept {
  return wake_at_;
}

void classic_group::keep_alive(classic_member& member, const moment& now) {
  member.deadline = now.monotonic + member.session_timeout;
  arm(member.deadline);
}

namespace {

/// Who waits for the others is alive; a new member only for as long as a join may take.
bool may_expire(const classic_member& member) noexcept {
  return member.is_new || (!member.joining && !member.syncing);
}

}  // namespace

void classic_group::find_next_deadline() noexcept {
  wake_at_.reset();
  for (const auto& each : {join_deadline_, sync_deadline_}) {
    if (each) {
      arm(*each);
    }
  }
  for (const auto& [id, deadline] : pending_) {
    arm(deadline);
  }
  for (const auto& [id, member] : members_) {
    if (may_expire(member)) {
      arm(member.deadline);
    }
  }
}

void classic_group::advance(const moment& now, actions& out) {
  if (!wake_at_ || *wake_at_ > now.monotonic) {
    return;
  }
  if (join_deadline_ && *join_deadline_ <= now.monotonic) {
    join_deadline_.reset();
    join_deadline_passed(now, out);
  }
  if (sync_deadline_ && *sync_deadline_ <= now.monotonic) {
    sync_deadline_.reset();
    sync_deadline_passed(now, out);
  }
  expire_members(now, out);
  find_next_deadline();
}

void classic_group::expire_members(const moment& now, actions& out) {
  for (auto each = pending_.begin(); each != pending_.end();) {
    each = each->second <= now.monotonic ? expect_no_more(each) : std::next(each);
  }
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    if (may_expire(member) && member.deadline <= now.monotonic) {
      gone.push_back(id);
    }
  }
  for (const std::string& id : gone) {
    remove_member(id, errc::unknown_member_id, out);
  }
  if (!gone.empty()) {
    rebalance_or_complete_join(now, out);
  } else {
    complete_join_if_all(now, out);
  }
}

// Restart -----------------------------------------------------------------------------------------

stored_group classic_group::as_stored(
    const std::map<std::string, shared_bytes, std::less<>>* assignments) const {
  stored_group stored;
  stored.protocol_type = protocol_type_.value_or("");
  stored.generation = generation_;
  stored.protocol = protocol_;
  stored.leader = leader_.empty() ? std::nullopt : std::optional(leader_);
  stored.state_time_ms = state_time_ms_;
  for (const auto& [id, member] : members_) {
    stored_member& row = stored.members.emplace_back();
    row.id = id;
    row.instance = member.instance;
    row.client_id = member.client_id;
    row.client_host = member.client_host;
    row.rebalance_timeout_ms = static_cast<std::int32_t>(member.rebalance_timeout.count());
    row.session_timeout_ms = static_cast<std::int32_t>(member.session_timeout.count());
    if (const auto* chosen = member.find_protocol(protocol_.value_or(""))) {
      row.metadata = chosen->metadata;
    }
    row.assignment = member.assignment;
    if (assignments != nullptr) {
      const auto dealt = assignments->find(id);
      row.assignment = dealt == assignments->end() ? nullptr : dealt->second;
    }
  }
  return stored;
}

void classic_group::store(const std::map<std::string, shared_bytes, std::less<>>* assignments,
                          decltype(write::then) then, actions& out) {
  write stored;
  stored.records.emplace_back(group_record{id_, as_stored(assignments)});
  stored.then = std::move(then);
  out.writes.push_back(std::move(stored));
  recorded_ = true;
}

void classic_group::restore(const stored_group& from) {
  recorded_ = true;
  protocol_type_ = from.protocol_type.empty() ? std::nullopt : std::optional(from.protocol_type);
  generation_ = from.generation;
  protocol_ = from.protocol;
  leader_ = from.leader.value_or("");
  state_time_ms_ = from.state_time_ms;
  members_.clear();
  knowers_.clear();
  static_members_.clear();
  for (const stored_member& row : from.members) {
    classic_member& member = members_[row.id];
    member.id = row.id;
    member.instance = row.instance;
    member.client_id = row.client_id;
    member.client_host = row.client_host;
    member.session_timeout = milliseconds(row.session_timeout_ms);
    // Records of old brokers do not say it.
    member.rebalance_timeout = row.rebalance_timeout_ms < 0
                                   ? member.session_timeout
                                   : milliseconds(row.rebalance_timeout_ms);
    member.protocols.push_back({protocol_.value_or(""), row.metadata});
    know(member);
    member.assignment = row.assignment;
    if (row.instance) {
      static_members_[*row.instance] = row.id;
    }
  }
  phase_ = previous_phase_ = members_.empty() ? phase::empty : phase::stable;
  count_metadata();
  learn_subscriptions();
}

void classic_group::restored(const moment& now, actions& out) {
  for (auto& [id, member] : members_) {
    keep_alive(member, now);
  }
  if (members_.size() > options_->group_size_max) {
    prepare_rebalance(now, out);  // whoever finds no room in the join has to go
  }
}

void classic_group::expect(std::string_view id, std::chrono::milliseconds until) {
  if (const auto known = pending_.find(id); known != pending_.end()) {
    known->second = until;
    return;
  }
  pending_.emplace(std::string(id), until);
  pending_bytes_ += sizeof(pending_map::value_type) + id.size();
}

classic_group::pending_map::iterator classic_group::expect_no_more(pending_map::iterator whom) {
  pending_bytes_ -= sizeof(pending_map::value_type) + whom->first.size();
  return pending_.erase(whom);
}

void classic_group::count_metadata() noexcept {
  metadata_bytes_ = 0;
  for (const auto& [id, member] : members_) {
    metadata_bytes_ += member.metadata_bytes();
  }
}

// Description -------------------------------------------------------------------------------------

group_description classic_group::describe() const {
  group_description shown;
  shown.state = state_name();
  shown.protocol_type = protocol_type_.value_or("");
  const bool settled = phase_ == phase::stable;
  shown.protocol = settled ? protocol_.value_or("") : "";
  for (const auto& [id, member] : members_) {
    described_member& row = shown.members.emplace_back();
    row.id = id;
    row.instance = member.instance;
    row.client_id = member.client_id;
    row.client_host = member.client_host;
    if (settled) {
      const auto* chosen = member.find_protocol(protocol_.value_or(""));
      row.metadata = chosen == nullptr ? nullptr : chosen->metadata;
      row.assignment = member.assignment;
    }
  }
  return shown;
}

}  // namespace tidemill::groups
