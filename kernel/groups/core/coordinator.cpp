#include "groups/core/coordinator.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::groups {

using std::chrono::milliseconds;

coordinator::coordinator(const group_options& options, std::shared_ptr<memory_totals> totals)
    : options_(&options), totals_(std::move(totals)) {
  if (totals_ == nullptr) {
    totals_ = std::make_shared<memory_totals>();
    totals_->members.bytes_max = options.shard_metadata_bytes_max;
    totals_->offsets.bytes_max = options.shard_offset_bytes_max;
  }
}

coordinator::kept_group* coordinator::find(std::string_view id) noexcept {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : &found->second;
}

const coordinator::kept_group* coordinator::find(std::string_view id) const noexcept {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : &found->second;
}

coordinator::group_map::iterator coordinator::find_or_make(std::string_view id) {
  const auto found = groups_.find(id);
  if (found != groups_.end()) {
    return found;
  }
  const std::string name(id);
  return groups_.try_emplace(name, *options_, name, next_number_++, totals_).first;
}

void coordinator::settle(group_map::iterator of) {
  kept_group& it = of->second;
  if (it.classic.is_idle() && !it.classic.is_recorded() && it.consumer == nullptr &&
      !it.is_changing && !it.is_leaving && it.offsets.size() == 0 && it.offsets.pending().empty()) {
    return forget(of);
  }
  count(it);
  it.committed.set(it.offsets.size() == 0 ? 0
                                          : sizeof it + of->first.size() + it.offsets.size_bytes());
  if (it.consumer == nullptr) {
    // Somebody who asks has made the group, if only by asking.
    it.brought.set(
        it.classic.is_idle() ? 0 : sizeof it + of->first.size() + it.classic.metadata_bytes());
  }
  const auto wanted = deadline_of(it);
  if (wanted == it.armed) {
    return;
  }
  if (it.armed) {
    deadlines_.erase({*it.armed, of->first});
  }
  if (wanted) {
    deadlines_.emplace(*wanted, of->first);
  }
  it.armed = wanted;
}

void coordinator::forget(group_map::iterator of) {
  if (of->second.armed) {
    deadlines_.erase({*of->second.armed, of->first});
  }
  discount(of->second);
  groups_.erase(of);
}

void coordinator::count(kept_group& of) {
  const std::string_view state =
      of.consumer == nullptr ? of.classic.state_name() : of.consumer->state_name();
  const std::size_t members = member_count(of);
  if (state != of.counted_state) {
    discount(of);
    ++counted_.groups;
    ++counted_.groups_in_state[state];
    of.counted_state = state;
  }
  counted_.members += members - std::exchange(of.counted_members, members);
  counted_.offsets += of.offsets.size() - std::exchange(of.counted_offsets, of.offsets.size());
}

void coordinator::discount(kept_group& of) {
  if (of.counted_state.empty()) {
    return;
  }
  --counted_.groups;
  if (const auto at = counted_.groups_in_state.find(of.counted_state); --at->second == 0) {
    counted_.groups_in_state.erase(at);
  }
  of.counted_state = {};
  counted_.members -= std::exchange(of.counted_members, 0);
  counted_.offsets -= std::exchange(of.counted_offsets, 0);
}

// Loading -----------------------------------------------------------------------------------------

void coordinator::apply(const offset_record& record) {
  const auto of = find_or_make(record.group);
  if (record.value) {
    of->second.offsets.put(record.topic, record.partition, *record.value);
  } else {
    of->second.offsets.erase(record.topic, record.partition);
  }
}

void coordinator::replay(const state_record& record) {
  if (const auto* offset = std::get_if<offset_record>(&record)) {
    apply(*offset);
    const auto of = groups_.find(offset->group);
    return settle(of);
  }
  const auto* changed = std::get_if<group_record>(&record);
  if (changed == nullptr) {
    return replay_consumer(record);
  }
  const auto of = find_or_make(changed->group);
  if (changed->value) {
    return of->second.classic.restore(*changed->value);
  }
  of->second.classic = classic_group(*options_, of->first, of->second.number);
  settle(of);
}

void coordinator::loaded(const moment& now, actions& out) {
  for (auto of = groups_.begin(); of != groups_.end();) {
    const auto each = of++;
    each->second.classic.restored(now, out);
    if (each->second.consumer != nullptr) {
      each->second.consumer->restored(now);
      take_consumer(each->second, each->second.consumer);  // counts what it holds
    }
    settle(each);
  }
  next_expiry_ = now.monotonic + options_->offsets_retention_check_interval;
}

// Members -----------------------------------------------------------------------------------------

void coordinator::join(const join_request& request, request_token to, const moment& now,
                       actions& out) {
  const auto refuse = [&](errc why) {
    out.answer(to, join_reply{.error = why, .member = std::string(request.member.id)});
  };
  if (request.group.empty()) {
    return refuse(errc::invalid_group_id);
  }
  if (request.session_timeout < options_->session_timeout_min ||
      request.session_timeout > options_->session_timeout_max) {
    return refuse(errc::invalid_session_timeout);
  }
  const kept_group* known = find(request.group);
  if (known == nullptr && !request.member.id.empty()) {
    return refuse(errc::unknown_member_id);
  }
  if (known == nullptr && groups_.size() >= options_->groups_max) {
    return refuse(errc::limit_reached);
  }
  if (!totals_->members.has_room_for(size_of_protocols(request) + request.new_member_id.size())) {
    return refuse(errc::limit_reached);
  }
  if (known != nullptr && (known->is_leaving || known->is_changing)) {
    return refuse(errc::loading);
  }
  const auto of = find_or_make(request.group);
  if (of->second.consumer != nullptr) {
    if (has_members(of->second)) {
      return refuse(errc::inconsistent_protocol);
    }
    give_up_consumer(of->first, of->second, out);
    return refuse(errc::loading);  // it comes again, and finds a classic group
  }
  of->second.classic.join(request, to, now, out);
  settle(of);
}

void coordinator::sync(const sync_request& request, request_token to, const moment& now,
                       actions& out) {
  const auto of = groups_.find(request.group);
  if (request.group.empty() || of == groups_.end()) {
    const errc why = request.group.empty() ? errc::invalid_group_id : errc::unknown_member_id;
    out.answer(to, sync_reply{.error = why});
    return;
  }
  of->second.classic.sync(request, to, now, out);
  settle(of);
}

errc coordinator::heartbeat(const heartbeat_request& request, const moment& now) {
  if (request.group.empty()) {
    return errc::invalid_group_id;
  }
  const auto of = groups_.find(request.group);
  if (of == groups_.end()) {
    return errc::unknown_member_id;
  }
  const errc outcome = of->second.classic.heartbeat(request, now);
  settle(of);
  return outcome;
}

std::vector<errc> coordinator::leave(std::string_view group, std::span<const member_claim> members,
                                     const moment& now, actions& out) {
  const auto of = groups_.find(group);
  if (group.empty() || of == groups_.end()) {
    return std::vector<errc>(members.size(),
                             group.empty() ? errc::invalid_group_id : errc::unknown_member_id);
  }
  auto outcomes = of->second.classic.leave(members, now, out);
  settle(of);
  return outcomes;
}

// Time --------------------------------------------------------------------------------------------

std::optional<milliseconds> coordinator::next_deadline() const noexcept {
  if (deadlines_.empty()) {
    return next_expiry_;
  }
  const milliseconds first = deadlines_.begin()->first;
  return next_expiry_ ? std::min(first, *next_expiry_) : first;
}

void coordinator::advance(const moment& now, actions& out) {
  // Each group once: what is due again at once waits for the next call.
  std::vector<std::string> due;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now.monotonic) {
    due.push_back(deadlines_.begin()->second);
    groups_.find(due.back())->second.armed.reset();
    deadlines_.erase(deadlines_.begin());
  }
  for (const std::string& id : due) {
    const auto of = groups_.find(id);
    of->second.classic.advance(now, out);
    advance_consumer(of, now, out);
    settle(of);
  }
  if (next_expiry_ && *next_expiry_ <= now.monotonic) {
    next_expiry_ = now.monotonic + options_->offsets_retention_check_interval;
    expire_offsets(now, out);
  }
}

void coordinator::resign(errc why, actions& out) {
  for (auto& [id, of] : groups_) {
    of.classic.resign(why, out);
    for (auto& [to, request] : std::exchange(of.waiting, {})) {
      refuse_beat(to, why, std::string(reason(why)), out);
    }
  }
  deadlines_.clear();
  next_expiry_.reset();
}

// Storage -----------------------------------------------------------------------------------------

void coordinator::written(write done_write, errc outcome, const moment& now, actions& out) {
  auto planned = std::move(done_write.then);
  std::visit([&](const auto& then) { done(then, done_write, outcome, now, out); }, planned);
}

/// A group has become empty. Kafka goes on where that cannot be stored, too: the next member makes
/// a generation that is.
void coordinator::done(const then_nothing&, write&, errc, const moment&, actions&) {}

void coordinator::done(const then_assign& planned, write&, errc outcome, const moment& now,
                       actions& out) {
  const auto of = groups_.find(planned.group);
  if (of != groups_.end() && of->second.number == planned.incarnation) {
    of->second.classic.assignment_written(planned, outcome, now, out);
    settle(of);
  }
}

void coordinator::done(const then_answer_join& planned, write&, errc outcome, const moment&,
                       actions& out) {
  join_reply answer = planned.answer;
  if (outcome != errc::none) {
    // It comes again, and replaces the id that nobody was told of.
    answer = join_reply{.error = outcome};
  } else if (const kept_group* of = find(planned.group);
             of == nullptr || !of->classic.members().contains(answer.member)) {
    // Another has taken its place before it was told that it had it.
    answer = join_reply{.error = errc::fenced_instance_id, .member = answer.member};
  }
  out.answer(planned.to, std::move(answer));
}

void coordinator::done(const then_apply_rows& planned, write& stored, errc outcome, const moment&,
                       actions& out) {
  for (const state_record& record : stored.records) {
    const auto& row = std::get<offset_record>(record);
    const auto of = groups_.find(row.group);
    if (of == groups_.end()) {
      continue;
    }
    if (row.value) {
      of->second.offsets.end_commit(row.topic, row.partition);
    }
    if (outcome == errc::none) {
      apply(row);
    }
    settle(of);
  }
  if (planned.to) {
    rows_reply answer = planned.answer;
    for (errc& each : answer.rows) {
      each = each == errc::none ? outcome : each;
    }
    out.answer(*planned.to, std::move(answer));
  }
}

void coordinator::done(const then_remove_group& planned, write&, errc outcome, const moment&,
                       actions& out) {
  const auto of = groups_.find(planned.group);
  if (of != groups_.end() && of->second.number == planned.incarnation) {
    of->second.is_leaving = false;
    if (outcome == errc::none) {
      forget(of);
    }
  }
  if (planned.to) {
    answer_rows(*planned.to, outcome, {}, out);
  }
}

void coordinator::answer_rows(request_token to, errc error, std::vector<errc> rows,
                              actions& out) const {
  out.answer(to, rows_reply{error, std::move(rows)});
}

// Description -------------------------------------------------------------------------------------

group_description coordinator::describe(std::string_view group) const {
  const auto* of = find(group);
  if (of == nullptr || of->consumer != nullptr) {
    return {.error = errc::group_id_not_found, .state = "Dead"};
  }
  return of->classic.describe();
}

std::size_t coordinator::list(const std::string* after, std::size_t rows_max,
                              std::vector<listed_group>& into) const {
  std::size_t added = 0;
  auto each = after == nullptr ? groups_.begin() : groups_.upper_bound(*after);
  for (; each != groups_.end() && added < rows_max; ++each, ++added) {
    const auto& [id, of] = *each;
    if (of.consumer != nullptr) {
      into.push_back({id, "consumer", of.consumer->state_name(), "consumer"});
    } else {
      into.push_back(
          {id, of.classic.protocol_type().value_or(""), of.classic.state_name(), "classic"});
    }
  }
  return added;
}

std::size_t coordinator::member_count(const kept_group& of) noexcept {
  return of.consumer == nullptr ? of.classic.members().size() : of.consumer->size();
}

void coordinator::collect_progress(std::string_view topic,
                                   std::vector<committed_progress>& into) const {
  for (const auto& [id, of] : groups_) {
    const auto found = of.offsets.all().find(topic);
    if (found == of.offsets.all().end()) {
      continue;
    }
    const auto members = static_cast<std::uint32_t>(member_count(of));
    for (const auto& [partition, stored] : found->second) {
      into.push_back({id, partition, stored.offset, stored.commit_time_ms, members});
    }
  }
}

}  // namespace tidemill::groups
