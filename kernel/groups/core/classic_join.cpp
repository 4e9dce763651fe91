// The join phase of a classic group.
#include <algorithm>
#include <utility>

#include "groups/core/classic_group.hpp"

namespace tidemill::groups {

using std::chrono::milliseconds;

namespace {

void refuse(request_token to, std::string_view member, errc why, actions& out) {
  out.answer(to, join_reply{.error = why, .member = std::string(member)});
}

}  // namespace

void classic_group::join(const join_request& request, request_token to, const moment& now,
                         actions& out) {
  if (const errc wrong = judge_join(request); wrong != errc::none) {
    // Kafka tells who finds no room that he has no id.
    const bool nameless = wrong == errc::group_full;
    if (nameless && members_.contains(request.member.id)) {
      remove_member(std::string(request.member.id), errc::group_full, out);
      rebalance_or_complete_join(now, out);
    }
    return refuse(to, nameless ? std::string_view() : request.member.id, wrong, out);
  }
  if (request.member.id.empty()) {
    join_new(request, to, now, out);
  } else {
    join_known(request, to, now, out);
  }
}

errc classic_group::judge_join(const join_request& request) const noexcept {
  if (!has_room_for(request)) {
    return errc::group_full;
  }
  const std::size_t size = size_of_protocols(request);
  if (request.protocols.size() > options_->member_protocols_max ||
      size > options_->member_metadata_bytes_max ||
      size + metadata_bytes_ > options_->group_metadata_bytes_max) {
    return errc::member_metadata_too_large;
  }
  if (!supports(request)) {
    return errc::inconsistent_protocol;
  }
  return errc::none;
}

/// Members who are there stay; while a rebalance is prepared, whoever comes back first stays.
bool classic_group::has_room_for(const join_request& request) const noexcept {
  const auto known = members_.find(request.member.id);
  switch (phase_) {
    case phase::empty:
      return pending_.contains(request.member.id) || pending_.size() < options_->group_size_max;
    case phase::preparing_rebalance: {
      const auto waiting = static_cast<std::size_t>(std::ranges::count_if(
          members_, [](const auto& each) { return each.second.joining.has_value(); }));
      return (known != members_.end() && known->second.joining) ||
             waiting + (request.member.id.empty() ? pending_.size() : 0) < options_->group_size_max;
    }
    case phase::completing_rebalance:
    case phase::stable:
      break;
  }
  return known != members_.end() ||
         (request.member.id.empty() && request.member.instance &&
          static_members_.contains(*request.member.instance)) ||
         members_.size() + (request.member.id.empty() ? pending_.size() : 0) <
             options_->group_size_max;
}

bool classic_group::supports(const join_request& request) const noexcept {
  if (request.protocol_type.empty() || request.protocols.empty()) {
    return false;
  }
  if (members_.empty()) {
    return true;
  }
  return protocol_type_ == request.protocol_type &&
         std::ranges::any_of(request.protocols, [&](const join_request::protocol& asked) {
           return is_known_to_all(asked.name);
         });
}

void classic_group::know(const classic_member& member) {
  for (const auto& each : member.protocols) {
    if (member.find_protocol(each.name) == &each) {  // not when it names it again
      ++knowers_[each.name];
    }
  }
}

void classic_group::forget(const classic_member& member) {
  for (const auto& each : member.protocols) {
    if (member.find_protocol(each.name) == &each) {
      const auto found = knowers_.find(each.name);
      if (--found->second == 0) {
        knowers_.erase(found);
      }
    }
  }
}

bool classic_group::is_known_to_all(std::string_view protocol) const noexcept {
  const auto found = knowers_.find(protocol);
  return found != knowers_.end() && found->second == members_.size();
}

void classic_group::join_new(const join_request& request, request_token to, const moment& now,
                             actions& out) {
  if (request.member.instance) {
    if (static_members_.contains(*request.member.instance)) {
      return join_as_replacement(request, to, now, out);
    }
    return add_member(request, request.new_member_id, to, now, out);
  }
  if (request.member_id_required) {
    const milliseconds deadline = now.monotonic + request.session_timeout;
    expect(request.new_member_id, deadline);
    arm(deadline);
    return refuse(to, request.new_member_id, errc::member_id_required, out);
  }
  add_member(request, request.new_member_id, to, now, out);
}

void classic_group::join_known(const join_request& request, request_token to, const moment& now,
                               actions& out) {
  if (pending_.contains(request.member.id) && !request.member.instance) {
    return add_member(request, request.member.id, to, now, out);
  }
  if (const errc wrong = check(request.member); wrong != errc::none) {
    return refuse(to, request.member.id, wrong, out);
  }
  classic_member& member = members_.find(request.member.id)->second;
  const bool is_leader = leader_ == member.id;
  // Who comes again with what he said before has missed the answer: it is given once more. A leader
  // of a stable group comes because he wants work dealt out anew.
  const bool again =
      member.has_same_protocols(request) &&
      (phase_ == phase::completing_rebalance || (phase_ == phase::stable && !is_leader));
  if (again) {
    keep_alive(member, now);
    out.answer(to, joined(member, is_leader));
    return;
  }
  update_member(member, request, to, out);
  rebalance_or_complete_join(now, out);
}

/// A static member that comes without an id is a new process in the place of the old one.
void classic_group::join_as_replacement(const join_request& request, request_token to,
                                        const moment& now, actions& out) {
  const std::string old_id = static_members_.find(*request.member.instance)->second;
  const std::string old_leader = leader_;
  replace_static_member(old_id, request.new_member_id, out);
  classic_member& member = members_.find(request.new_member_id)->second;
  member.client_id = request.client_id;
  member.client_host = request.client_host;
  keep_alive(member, now);
  update_member(member, request, to, out);
  if (phase_ != phase::stable || protocol_ != select_protocol()) {
    return rebalance_or_complete_join(now, out);
  }
  // Nothing changes for the others: the newcomer goes on with what its predecessor had.
  member.joining.reset();
  const bool is_leader = leader_ == member.id;
  join_reply answer = joined(member, request.may_skip_assignment && is_leader);
  answer.skip_assignment = request.may_skip_assignment && is_leader;
  if (!request.may_skip_assignment) {
    answer.leader = old_leader;  // so that nobody begins to deal out work
  }
  store(nullptr, then_answer_join{id_, to, std::move(answer)}, out);
}

void classic_group::replace_static_member(std::string_view old_id, std::string_view new_id,
                                          actions& out) {
  auto node = members_.extract(members_.find(old_id));
  classic_member& member = node.mapped();
  if (const auto to = std::exchange(member.joining, std::nullopt)) {
    refuse(*to, old_id, errc::fenced_instance_id, out);
  }
  if (const auto to = std::exchange(member.syncing, std::nullopt)) {
    out.answer(*to, sync_reply{.error = errc::fenced_instance_id});
  }
  if (leader_ == old_id) {
    leader_ = new_id;
  }
  member.id = new_id;
  node.key() = member.id;
  static_members_[*member.instance] = member.id;
  members_.insert(std::move(node));
}

void classic_group::add_member(const join_request& request, std::string_view id, request_token to,
                               const moment& now, actions& out) {
  if (phase_ == phase::preparing_rebalance && initial_) {
    initial_->newest = now.monotonic;
  }
  if (members_.empty()) {
    protocol_type_ = request.protocol_type;
  }
  if (const auto pending = pending_.find(id); pending != pending_.end()) {
    expect_no_more(pending);
  }
  classic_member& member = members_[std::string(id)];
  member.id = id;
  member.client_id = request.client_id;
  member.client_host = request.client_host;
  member.is_new = true;
  if (request.member.instance) {
    member.instance = std::string(*request.member.instance);
    static_members_[*member.instance] = member.id;
  }
  if (leader_.empty()) {
    leader_ = member.id;
  }
  update_member(member, request, to, out);
  member.deadline = now.monotonic + options_->new_member_join_timeout;
  arm(member.deadline);
  rebalance_or_complete_join(now, out);
}

void classic_group::update_member(classic_member& member, const join_request& request,
                                  std::optional<request_token> to, actions& out) {
  if (member.joining) {
    // The client has given this one up and asks anew.
    refuse(*member.joining, member.id, errc::rebalance_in_progress, out);
  }
  member.session_timeout = request.session_timeout;
  member.rebalance_timeout = std::max(request.rebalance_timeout, milliseconds{0});
  metadata_bytes_ -= std::min(metadata_bytes_, member.metadata_bytes());
  set_protocols(member, request);
  metadata_bytes_ += member.metadata_bytes();
  member.joining = to;
}

void classic_group::set_protocols(classic_member& member, const join_request& request) {
  forget(member);
  member.protocols.clear();
  member.protocols.reserve(request.protocols.size());
  for (const auto& each : request.protocols) {
    member.protocols.push_back({std::string(each.name), share(each.metadata)});
  }
  know(member);
}

join_reply classic_group::joined(const classic_member& member, bool with_members) const {
  join_reply answer;
  answer.generation = generation_;
  answer.protocol_type = protocol_type_;
  answer.protocol = protocol_;
  answer.leader = leader_;
  answer.member = member.id;
  if (with_members) {
    answer.members.reserve(members_.size());
    for (const auto& [id, each] : members_) {
      const auto* chosen = each.find_protocol(protocol_.value_or(""));
      answer.members.push_back({id, each.instance, chosen == nullptr ? nullptr : chosen->metadata});
    }
  }
  return answer;
}

}  // namespace tidemill::groups
