#include "groups/core/consumer_group.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::groups {

using std::chrono::milliseconds;

namespace {

constexpr std::int32_t join_epoch = 0;
constexpr std::int32_t pause_epoch = -2;

constexpr std::int8_t state_stable = 0;
constexpr std::int8_t state_unrevoked = 1;

}  // namespace

consumer_group::consumer_group(const group_options& options, std::string id)
    : options_(&options), id_(std::move(id)) {}

consumer_group::outcome consumer_group::refused(errc why, std::string message) {
  outcome made;
  made.reply.error = why;
  made.reply.message = std::move(message);
  return made;
}

std::optional<std::string> consumer_group::problem_of(const consumer_heartbeat& request) {
  const bool names_topics = request.topics || request.expression;
  if (request.member.empty()) {
    return "MemberId can't be empty.";
  }
  if (request.instance && request.instance->empty()) {
    return "InstanceId can't be empty.";
  }
  if (request.rack && request.rack->empty()) {
    return "RackId can't be empty.";
  }
  if (request.epoch < pause_epoch) {
    return "MemberEpoch is invalid.";
  }
  if (request.epoch == pause_epoch && !request.instance) {
    return "InstanceId can't be null.";
  }
  if (request.epoch != join_epoch) {
    return std::nullopt;
  }
  if (request.rebalance_timeout_ms == -1) {
    return "RebalanceTimeoutMs must be provided in first request.";
  }
  if (!request.owned || !request.owned->empty()) {
    return "TopicPartitions must be empty when (re-)joining.";
  }
  if (!names_topics) {
    return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
           "(re-)joining.";
  }
  return std::nullopt;
}

consumer_group::outcome consumer_group::heartbeat(const consumer_heartbeat& request,
                                                  const topic_catalog* catalog, const moment& now) {
  if (request.assignor && !is_assignor(*request.assignor)) {
    return refused(errc::unsupported_assignor,
                   "ServerAssignor " + *request.assignor +
                       " is not supported. Supported assignors: uniform, range.");
  }
  if (request.expression && !request.expression->empty() && catalog != nullptr &&
      !catalog->match(*request.expression)) {
    return refused(
        errc::invalid_regular_expression,
        "SubscribedTopicRegex `" + *request.expression + "` is not a valid regular expression.");
  }
  if (request.epoch < 0) {
    return leave(request);
  }
  outcome made;
  const auto found = admit(request, made.records);
  if (found.error != errc::none) {
    return refused(found.error, std::string(reason(found.error)));
  }
  const bool other_wishes = update_settings(request.member, request, found.is_new, made.records);
  const bool other_topics =
      (other_wishes || catalog == nullptr || catalog->version() != catalog_version_) &&
      update_topics(catalog);
  if (other_wishes || other_topics) {
    advance_epoch(made.records);
  }
  if (epoch_ > target_epoch_) {
    assign_anew(made.records);
  }
  member& who = members_.find(request.member)->second;
  auto next = reconciled(who, request.member, request.owned);
  const bool is_full =
      request.epoch == join_epoch || (request.owned && request.rebalance_timeout_ms != -1 &&
                                      (request.topics || request.expression));
  if (is_full || next.assigned != who.current.assigned) {
    made.reply.assignment = next.assigned;
  }
  if (next != who.current) {
    who.revoke_deadline.reset();
    if (next.state == state_unrevoked) {
      who.revoke_deadline = now.monotonic + milliseconds(who.settings.rebalance_timeout_ms);
      arm(*who.revoke_deadline);
    }
    who.current = std::move(next);
    made.records.emplace_back(consumer_current_record{id_, request.member, who.current});
  }
  who.session_deadline = now.monotonic + options_->consumer_session_timeout;
  arm(who.session_deadline);
  made.reply.member = request.member;
  made.reply.epoch = who.current.epoch;
  made.reply.heartbeat_interval_ms =
      static_cast<std::int32_t>(options_->consumer_heartbeat_interval.count());
  return made;
}

std::optional<consumer_heartbeat_reply> consumer_group::keep_alive(
    const consumer_heartbeat& request, const topic_catalog* catalog, const moment& now) {
  const bool says_nothing = request.epoch > 0 && !request.rack && !request.topics &&
                            !request.expression && !request.assignor && !request.owned;
  const auto known = members_.find(request.member);
  if (!says_nothing || known == members_.end() || epoch_ != target_epoch_ ||
      (catalog != nullptr && catalog->version() != catalog_version_)) {
    return std::nullopt;
  }
  member& who = known->second;
  if (who.current.epoch != request.epoch || request.epoch != epoch_ ||
      who.current.state != state_stable || who.settings.instance != request.instance ||
      who.settings.client_id != request.client_id ||
      who.settings.client_host != request.client_host) {
    return std::nullopt;
  }
  who.session_deadline = now.monotonic + options_->consumer_session_timeout;
  arm(who.session_deadline);
  consumer_heartbeat_reply reply;
  reply.member = request.member;
  reply.epoch = request.epoch;
  reply.heartbeat_interval_ms =
      static_cast<std::int32_t>(options_->consumer_heartbeat_interval.count());
  return reply;
}

// Who may come in ---------------------------------------------------------------------------------

/// A member may be one epoch behind when it has missed an answer, as long as it holds nothing that
/// has been taken from it.
errc consumer_group::check_epoch(const member& who,
                                 const consumer_heartbeat& request) const noexcept {
  if (request.epoch == join_epoch || request.epoch == who.current.epoch) {
    return errc::none;
  }
  const bool missed_an_answer = request.epoch == who.current.previous_epoch && request.owned &&
                                is_subset(*request.owned, who.current.assigned);
  return missed_an_answer ? errc::none : errc::fenced_member_epoch;
}

consumer_group::found_member consumer_group::admit(const consumer_heartbeat& request,
                                                   std::vector<state_record>& records) {
  if (request.instance) {
    return admit_static(request, records);
  }
  const auto known = members_.find(request.member);
  if (known != members_.end()) {
    return {check_epoch(known->second, request), false};
  }
  if (request.epoch != join_epoch) {
    return {errc::unknown_member_id, false};
  }
  if (members_.size() >= options_->group_size_max) {
    return {errc::group_full, false};
  }
  return {errc::none, true};
}

consumer_group::found_member consumer_group::admit_static(const consumer_heartbeat& request,
                                                          std::vector<state_record>& records) {
  const auto owner = static_members_.find(*request.instance);
  if (owner == static_members_.end()) {
    if (request.epoch != join_epoch) {
      return {errc::unknown_member_id, false};
    }
    const bool has_room = members_.size() < options_->group_size_max;
    return {has_room ? errc::none : errc::group_full, true};
  }
  if (owner->second == request.member) {
    return {check_epoch(members_.find(request.member)->second, request), false};
  }
  if (request.epoch != join_epoch) {
    return {errc::fenced_instance_id, false};
  }
  const auto before = members_.find(owner->second);
  if (before->second.current.epoch != pause_epoch) {
    return {errc::unreleased_instance_id, false};
  }
  // The newcomer goes on with what its predecessor had.
  member taken_over = std::move(before->second);
  const std::string old_id = before->first;
  members_.erase(before);
  taken_over.current.epoch = taken_over.current.previous_epoch = join_epoch;
  records.emplace_back(consumer_current_record{id_, old_id, std::nullopt});
  records.emplace_back(consumer_target_record{id_, old_id, std::nullopt});
  records.emplace_back(consumer_member_record{id_, old_id, std::nullopt});
  records.emplace_back(consumer_member_record{id_, request.member, taken_over.settings});
  records.emplace_back(consumer_target_record{id_, request.member, taken_over.target});
  members_.emplace(request.member, std::move(taken_over));
  owner->second = request.member;
  return {errc::none, false};
}

bool consumer_group::update_settings(const std::string& id, const consumer_heartbeat& request,
                                     bool is_new, std::vector<state_record>& records) {
  member& who = members_[id];
  auto now_wanted = who.settings;
  if (request.instance) {
    now_wanted.instance = request.instance;
    static_members_[*request.instance] = id;
  }
  if (request.rack) {
    now_wanted.rack = request.rack;
  }
  if (request.topics) {
    now_wanted.topics = *request.topics;
    std::ranges::sort(now_wanted.topics);
  }
  if (request.expression) {
    now_wanted.expression =
        request.expression->empty() ? std::nullopt : std::optional(*request.expression);
  }
  if (request.rebalance_timeout_ms != -1) {
    now_wanted.rebalance_timeout_ms = request.rebalance_timeout_ms;
  }
  if (request.assignor) {
    now_wanted.assignor = request.assignor;
  }
  now_wanted.client_id = request.client_id;
  now_wanted.client_host = request.client_host;
  const bool other_topics =
      now_wanted.topics != who.settings.topics || now_wanted.expression != who.settings.expression;
  if (is_new || now_wanted != who.settings) {
    who.settings = std::move(now_wanted);
    records.emplace_back(consumer_member_record{id_, id, who.settings});
  }
  return is_new || other_topics;
}

consumer_group::outcome consumer_group::leave(const consumer_heartbeat& request) {
  std::string id = request.member;
  if (request.instance) {
    const auto owner = static_members_.find(*request.instance);
    if (owner == static_members_.end()) {
      return refused(errc::unknown_member_id, std::string(reason(errc::unknown_member_id)));
    }
    if (owner->second != request.member) {
      return refused(errc::fenced_instance_id, std::string(reason(errc::fenced_instance_id)));
    }
  }
  const auto known = members_.find(id);
  if (known == members_.end()) {
    return refused(errc::unknown_member_id, std::string(reason(errc::unknown_member_id)));
  }
  outcome made;
  made.reply.member = id;
  made.reply.epoch = request.epoch;
  if (request.epoch == pause_epoch) {
    known->second.current.epoch = pause_epoch;
    made.records.emplace_back(consumer_current_record{id_, id, known->second.current});
    return made;
  }
  remove(id, made.records);
  advance_epoch(made.records);
  return made;
}

void consumer_group::remove(std::string_view id, std::vector<state_record>& records) {
  const auto gone = members_.find(id);
  const std::string name = gone->first;
  if (gone->second.settings.instance) {
    static_members_.erase(*gone->second.settings.instance);
  }
  members_.erase(gone);
  records.emplace_back(consumer_current_record{id_, name, std::nullopt});
  records.emplace_back(consumer_target_record{id_, name, std::nullopt});
  records.emplace_back(consumer_member_record{id_, name, std::nullopt});
}

errc consumer_group::check_member(const member_claim& claim, std::int32_t epoch) const noexcept {
  if (claim.instance) {
    const auto owner = static_members_.find(*claim.instance);
    if (owner != static_members_.end() && owner->second != claim.id) {
      return errc::fenced_instance_id;
    }
  }
  const auto known = members_.find(claim.id);
  if (known == members_.end()) {
    return errc::unknown_member_id;
  }
  return known->second.current.epoch == epoch ? errc::none : errc::stale_member_epoch;
}

// Deadlines ---------------------------------------------------------------------------------------

void consumer_group::arm(milliseconds deadline) noexcept {
  wake_at_ = wake_at_ ? std::min(*wake_at_, deadline) : deadline;
}

std::optional<milliseconds> consumer_group::next_deadline() const noexcept {
  return wake_at_;
}

std::vector<state_record> consumer_group::advance(const moment& now) {
  std::vector<state_record> records;
  if (!wake_at_ || *wake_at_ > now.monotonic) {
    return records;
  }
  std::vector<std::string> gone;
  for (const auto& [id, who] : members_) {
    const bool is_stuck = who.revoke_deadline && *who.revoke_deadline <= now.monotonic;
    if (who.session_deadline <= now.monotonic || is_stuck) {
      gone.push_back(id);
    }
  }
  for (const std::string& id : gone) {
    remove(id, records);
  }
  if (!gone.empty()) {
    advance_epoch(records);
  }
  wake_at_.reset();
  for (const auto& [id, who] : members_) {
    arm(who.revoke_deadline ? std::min(*who.revoke_deadline, who.session_deadline)
                            : who.session_deadline);
  }
  return records;
}

void consumer_group::restored(const moment& now) {
  for (auto& [id, who] : members_) {
    who.session_deadline = now.monotonic + options_->consumer_session_timeout;
    arm(who.session_deadline);
    if (who.current.state == state_unrevoked) {
      who.revoke_deadline = now.monotonic + milliseconds(who.settings.rebalance_timeout_ms);
      arm(*who.revoke_deadline);
    }
  }
}

// Restart -----------------------------------------------------------------------------------------

void consumer_group::replay(const consumer_epoch_record& record) {
  if (record.value) {
    epoch_ = record.value->epoch;
    metadata_hash_ = record.value->metadata_hash;
  }
}

void consumer_group::replay(const consumer_member_record& record) {
  if (record.value) {
    members_[record.member].settings = *record.value;
    if (record.value->instance) {
      static_members_[*record.value->instance] = record.member;
    }
    return;
  }
  const auto gone = members_.find(record.member);
  if (gone == members_.end()) {
    return;
  }
  if (const auto& instance = gone->second.settings.instance) {
    const auto owner = static_members_.find(*instance);
    if (owner != static_members_.end() && owner->second == record.member) {
      static_members_.erase(owner);
    }
  }
  members_.erase(gone);
}

void consumer_group::replay(const consumer_target_epoch_record& record) {
  target_epoch_ = record.epoch.value_or(0);
}

/// Deletions of what a member has come before that of the member itself.
void consumer_group::replay(const consumer_target_record& record) {
  if (const auto who = members_.find(record.member); who != members_.end() || record.value) {
    members_[record.member].target = record.value.value_or(partition_set{});
  }
}

void consumer_group::replay(const consumer_current_record& record) {
  if (const auto who = members_.find(record.member); who != members_.end() || record.value) {
    members_[record.member].current = record.value.value_or(consumer_current_record::contents{});
  }
}

std::vector<state_record> consumer_group::tombstones() const {
  std::vector<state_record> records;
  for (const auto& [id, who] : members_) {
    records.emplace_back(consumer_current_record{id_, id, std::nullopt});
    records.emplace_back(consumer_target_record{id_, id, std::nullopt});
    records.emplace_back(consumer_member_record{id_, id, std::nullopt});
  }
  records.emplace_back(consumer_target_epoch_record{id_, std::nullopt});
  records.emplace_back(consumer_epoch_record{id_, std::nullopt});
  return records;
}

// Description -------------------------------------------------------------------------------------

std::string_view consumer_group::state_name() const noexcept {
  if (members_.empty()) {
    return "Empty";
  }
  if (epoch_ > target_epoch_) {
    return "Assigning";
  }
  const bool all_there = std::ranges::all_of(members_, [&](const auto& each) {
    return each.second.current.state == state_stable && each.second.current.epoch == target_epoch_;
  });
  return all_there ? "Stable" : "Reconciling";
}

bool consumer_group::is_subscribed_to(std::string_view topic) const noexcept {
  return std::ranges::any_of(members_, [&](const auto& each) {
    return std::ranges::binary_search(each.second.settings.topics, topic) ||
           (each.second.settings.expression && topics_.contains(topic));
  });
}

consumer_description consumer_group::describe() const {
  consumer_description shown;
  shown.state = state_name();
  shown.epoch = epoch_;
  shown.target_epoch = target_epoch_;
  shown.assignor = assignor();
  for (const auto& [id, who] : members_) {
    shown.members.push_back(
        {id, who.settings, who.current.epoch, who.current.assigned, who.target});
  }
  return shown;
}

std::size_t consumer_group::metadata_bytes() const noexcept {
  constexpr std::size_t partition_bytes = 48;  // of a set's node
  std::size_t bytes = 0;
  for (const auto& [id, who] : members_) {
    const auto& settings = who.settings;
    bytes += id.size() + sizeof who + settings.client_id.size() +
             settings.expression.value_or("").size() + settings.instance.value_or("").size() +
             settings.rack.value_or("").size() + settings.assignor.value_or("").size();
    bytes +=
        partition_bytes * (partition_count(who.target) + partition_count(who.current.assigned) +
                           partition_count(who.current.to_revoke));
    for (const std::string& topic : who.settings.topics) {
      bytes += topic.size() + sizeof topic;
    }
  }
  return bytes;
}

}  // namespace tidemill::groups
