// The sync phase of a classic group.
#include <algorithm>
#include <utility>

#include "groups/core/classic_group.hpp"

namespace tidemill::groups {

errc classic_group::judge_sync(const sync_request& request) const noexcept {
  if (const errc wrong = check(request.member); wrong != errc::none) {
    return wrong;
  }
  if (request.generation != generation_) {
    return errc::illegal_generation;
  }
  if ((request.protocol_type && request.protocol_type != protocol_type_) ||
      (request.protocol && request.protocol != protocol_)) {
    return errc::inconsistent_protocol;
  }
  switch (phase_) {
    case phase::empty:
      return errc::unknown_member_id;
    case phase::preparing_rebalance:
      return errc::rebalance_in_progress;
    case phase::completing_rebalance:
    case phase::stable:
      break;
  }
  return errc::none;
}

void classic_group::sync(const sync_request& request, request_token to, const moment&,
                         actions& out) {
  if (const errc wrong = judge_sync(request); wrong != errc::none) {
    out.answer(to, sync_reply{.error = wrong});
    return;
  }
  classic_member& member = members_.find(request.member.id)->second;
  paid_sync(member);
  if (phase_ == phase::stable) {
    out.answer(to, synced(member));
    return;
  }
  if (const auto older = std::exchange(member.syncing, to)) {
    // The client has given this one up and asks anew.
    out.answer(*older, sync_reply{.error = errc::rebalance_in_progress});
  }
  if (leader_ == member.id && !storing_assignments_) {
    store_assignments(request, out);
  }
}

void classic_group::store_assignments(const sync_request& request, actions& out) {
  then_assign next{id_, incarnation_, generation_, {}};
  for (const auto& [id, bytes] : request.assignments) {
    if (members_.contains(id)) {
      next.assignments.insert_or_assign(std::string(id), share(bytes));
    }
  }
  const auto assignments = next.assignments;
  store(&assignments, std::move(next), out);
  storing_assignments_ = true;
}

void classic_group::assignment_written(const then_assign& written, errc outcome, const moment& now,
                                       actions& out) {
  // Others may have come meanwhile, and the rebalance has begun anew.
  if (phase_ != phase::completing_rebalance || written.generation != generation_) {
    return;
  }
  storing_assignments_ = false;
  if (outcome != errc::none) {
    fail_syncs(outcome, now, out);
    return prepare_rebalance(now, out);
  }
  give_assignments(written, now, out);
}

void classic_group::give_assignments(const then_assign& written, const moment& now, actions& out) {
  enter(phase::stable, now);
  for (auto& [id, member] : members_) {
    const auto dealt = written.assignments.find(id);
    member.assignment = dealt == written.assignments.end() ? nullptr : dealt->second;
    if (const auto to = std::exchange(member.syncing, std::nullopt)) {
      out.answer(*to, synced(member));
    }
    keep_alive(member, now);
  }
  count_metadata();
}

/// Who waited could not show himself: his session begins anew.
void classic_group::fail_syncs(errc why, const moment& now, actions& out) {
  for (auto& [id, member] : members_) {
    member.assignment.reset();
    if (const auto to = std::exchange(member.syncing, std::nullopt)) {
      out.answer(*to, sync_reply{.error = why});
      keep_alive(member, now);
    }
  }
  count_metadata();
}

void classic_group::paid_sync(classic_member& member) noexcept {
  member.owes_sync = false;
  if (std::ranges::none_of(members_, [](const auto& each) { return each.second.owes_sync; })) {
    sync_deadline_.reset();
  }
}

/// Who has joined and does not fetch his part holds up what was given to him.
void classic_group::sync_deadline_passed(const moment& now, actions& out) {
  if (phase_ != phase::completing_rebalance && phase_ != phase::stable) {
    return;
  }
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    if (member.owes_sync) {
      gone.push_back(id);
    }
  }
  for (const std::string& id : gone) {
    remove_member(id, errc::unknown_member_id, out);
  }
  if (!gone.empty()) {
    prepare_rebalance(now, out);
  }
}

sync_reply classic_group::synced(const classic_member& member) const {
  return {errc::none, protocol_type_, protocol_, member.assignment};
}

}  // namespace tidemill::groups
