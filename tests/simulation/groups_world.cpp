#include "tests/simulation/groups_world.hpp"

#include <algorithm>

namespace tidemill::groups::test {

using std::chrono::milliseconds;

namespace {

constexpr std::int64_t retention_ms = 120'000;
constexpr std::int32_t partition_count = 3;
constexpr const char* topic = "topic";

}  // namespace

world::world(std::uint64_t seed, fault planted) : random_(seed), planted_(planted) {
  options_.session_timeout_min = milliseconds(1000);
  options_.group_size_max = 5;
  options_.offsets_retention = milliseconds(retention_ms);
  options_.offsets_retention_check_interval = milliseconds(20'000);
  options_.initial_rebalance_delay = milliseconds(pick(2) * 3000);
  core_ = started();
  const std::size_t count = 3 + pick(8);
  for (std::size_t index = 0; index < count; ++index) {
    client& made = clients_.emplace_back();
    made.number = index;
    made.group = "group-" + std::to_string(pick(3));
    made.version = static_cast<std::int32_t>(pick(10));
    if (one_in(3)) {
      made.instance = "instance-" + std::to_string(pick(3));
    }
  }
}

world::~world() = default;

void world::expect(bool holds, const std::string& promise) {
  if (!holds && broken_.empty()) {
    broken_ = promise + " at " + std::to_string(now_);
  }
}

std::unique_ptr<coordinator> world::started() {
  auto core = std::make_unique<coordinator>(options_);
  for (const state_record& each : log_) {
    const auto* offset = std::get_if<offset_record>(&each);
    const bool is_tombstone = offset != nullptr && !offset->value;
    if (planted_ != fault::forget_tombstones || !is_tombstone) {
      core->replay(each);
    }
  }
  return core;
}

std::string world::run(int steps) {
  actions out;
  core_->loaded(now(), out);
  perform(std::move(out));
  for (int step = 0; step < steps && broken_.empty(); ++step) {
    one_event();
    check_fetches();
  }
  if (broken_.empty()) {
    calm_down();
  }
  return broken_;
}

void world::one_event() {
  switch (pick(24)) {
    case 0:
      return one_in(6) ? crash() : let_time_pass(static_cast<std::int64_t>(pick(20'000)));
    case 1:
      return remove_something();
    case 2:
      return check_replay();
    case 3: {
      client& who = clients_[pick(clients_.size())];
      who.stalled_until = now_ + static_cast<std::int64_t>(pick(60'000));
      return;
    }
    case 4:
      return leave(clients_[pick(clients_.size())]);
    case 5:
    case 6:
    case 7:
    case 8:
      return finish_a_write(false);
    default:
      act(clients_[pick(clients_.size())]);
      return let_time_pass(static_cast<std::int64_t>(pick(400)));
  }
}

// Network -----------------------------------------------------------------------------------------

void world::send(unique_function<void()> delivery) {
  std::int64_t delay = static_cast<std::int64_t>(pick(50));
  if (!is_calm_ && one_in(12)) {
    delay = static_cast<std::int64_t>(pick(60'000));  // late
  }
  if (is_calm_ || !one_in(40)) {  // else lost
    network_.emplace(now_ + delay, std::move(delivery));
  }
}

void world::deliver_due() {
  while (!network_.empty() && network_.begin()->first <= now_) {
    auto next = network_.extract(network_.begin());
    next.mapped()();
  }
}

void world::let_time_pass(std::int64_t duration) {
  const std::int64_t end = now_ + duration;
  while (broken_.empty()) {
    std::int64_t next = end;
    if (!network_.empty()) {
      next = std::min(next, network_.begin()->first);
    }
    const auto deadline = core_->next_deadline();
    const bool ticks = planted_ != fault::stop_the_clock && deadline.has_value();
    if (ticks) {
      next = std::min(next, std::max(now_, static_cast<std::int64_t>(deadline->count())));
    }
    now_ = std::max(now_, next);
    deliver_due();
    if (ticks && core_->next_deadline() && core_->next_deadline()->count() <= now_) {
      actions out;
      core_->advance(now(), out);
      perform(std::move(out));
      expect(!core_->next_deadline() || core_->next_deadline()->count() > now_,
             "a deadline stays after it has come");
    }
    if (now_ >= end) {
      return;
    }
  }
}

// Clients -----------------------------------------------------------------------------------------

std::string world::owner_of(const asked& request) const {
  const auto known = instance_owner_.find({request.group, request.instance.value_or("")});
  return known == instance_owner_.end() ? std::string() : known->second;
}

request_token world::begin(asked request) {
  const request_token token = next_token_++;
  request.at = now_;
  const auto told = told_generation_.find(request.group);
  request.told_generation = told == told_generation_.end() ? -1 : told->second;
  request.owner = owner_of(request);
  open_.emplace(token, std::move(request));
  return token;
}

void world::act(client& who) {
  if (who.stalled_until > now_ || who.in == mood::gone) {
    return;
  }
  switch (who.in) {
    case mood::joining:
    case mood::syncing:
      if (now_ - who.asked_at > 40'000) {
        who.in = mood::idle;  // gives up waiting
      }
      return;
    case mood::idle:
      return ask_join(who);
    case mood::stable:
      if (now_ - who.beat_at > 2000) {
        return ask_heartbeat(who);
      }
      return ask_commit(who);
    case mood::gone:
      return;
  }
}

void world::ask_join(client& who) {
  who.in = mood::joining;
  who.asked_at = now_;
  const int copies = !is_calm_ && one_in(15) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    send([this, number = who.number, member = who.member, group = who.group,
          instance = who.instance, version = who.version] {
      asked request{kind::join, number, group, member, instance};
      const request_token token = begin(request);
      clients_[number].waits_for = token;
      const std::string fresh = "member-" + std::to_string(next_member_++);
      const std::string metadata = "metadata-" + std::to_string(number);
      join_request event;
      event.group = group;
      event.member = {member, instance};
      event.client_id = "client";
      event.client_host = "/127.0.0.1";
      event.protocol_type = "opaque";
      event.protocols = {{"first", as_bytes(metadata)}, {"second", as_bytes(metadata)}};
      event.session_timeout = milliseconds(8000);
      event.rebalance_timeout = milliseconds(15'000);
      event.member_id_required = version >= 4;
      event.may_skip_assignment = version >= 9;
      event.new_member_id = fresh;
      actions out;
      core_->join(event, token, now(), out);
      perform(std::move(out));
    });
  }
}

void world::take(const asked& request, const join_reply& reply, request_token token) {
  client& who = clients_[request.client];
  if (who.waits_for != token || who.in != mood::joining) {
    return;
  }
  if (reply.error == errc::member_id_required) {
    who.member = reply.member;
    who.in = mood::idle;
    return;
  }
  if (reply.error != errc::none) {
    return take_error(who, reply.error);
  }
  who.member = reply.member;
  who.generation = reply.generation;
  who.to_assign.clear();
  if (reply.leader == reply.member && !reply.skip_assignment) {
    for (const auto& each : reply.members) {
      who.to_assign.push_back(each.id);
    }
  }
  ask_sync(who);
}

void world::ask_sync(client& who) {
  who.in = mood::syncing;
  who.asked_at = now_;
  send([this, number = who.number, member = who.member, group = who.group, instance = who.instance,
        generation = who.generation, to_assign = who.to_assign] {
    const request_token token = begin({kind::sync, number, group, member, instance, generation});
    clients_[number].waits_for = token;
    std::vector<std::string> bytes;
    for (const std::string& each : to_assign) {
      bytes.push_back(each + " in " + std::to_string(generation) + " by " + std::to_string(token));
    }
    sync_request event;
    event.group = group;
    event.member = {member, instance};
    event.generation = generation;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
      event.assignments.emplace_back(to_assign[index], as_bytes(bytes[index]));
    }
    actions out;
    core_->sync(event, token, now(), out);
    perform(std::move(out));
  });
}

void world::take(const asked& request, const sync_reply& reply, request_token token) {
  client& who = clients_[request.client];
  if (who.waits_for != token || who.in != mood::syncing) {
    return;
  }
  if (reply.error != errc::none) {
    return take_error(who, reply.error);
  }
  who.in = mood::stable;
  who.assignment = as_text(view_of(reply.assignment));
  who.beat_at = now_;
}

void world::ask_heartbeat(client& who) {
  who.beat_at = now_;
  send([this, number = who.number, member = who.member, group = who.group, instance = who.instance,
        generation = who.generation] {
    asked request{kind::commit, number, group, member, instance, generation};
    request.owner = owner_of(request);
    const errc outcome = core_->heartbeat({group, {member, instance}, generation}, now());
    check_old_instance(request, outcome);
    client& answered = clients_[number];
    if (answered.in == mood::stable && answered.generation == generation &&
        answered.member == member && outcome != errc::none) {
      take_error(answered, outcome);
    }
  });
}

void world::ask_commit(client& who) {
  const auto partition = static_cast<std::int32_t>(pick(partition_count));
  const int copies = !is_calm_ && one_in(20) ? 2 : 1;
  const std::int64_t value = next_value_++;
  for (int copy = 0; copy < copies; ++copy) {
    send([this, value, partition, number = who.number, member = who.member, group = who.group,
          instance = who.instance, generation = who.generation] {
      asked request{kind::commit, number, group, member, instance, generation};
      request.value = value;
      request.partition = partition;
      const request_token token = begin(request);
      commit_request event;
      event.group = group;
      event.member = {member, instance};
      event.generation = generation;
      if (planted_ == fault::take_old_generations && told_generation_.contains(group)) {
        event.generation = told_generation_[group];
      }
      event.rows = {{topic, {}, partition, value, -1, "metadata"}};
      actions out;
      core_->commit(event, token, now(), out);
      perform(std::move(out));
    });
  }
}

void world::take(const asked& request, const rows_reply& reply, request_token) {
  const errc outcome = reply.rows.empty() ? reply.error : reply.rows.front();
  client& who = clients_[request.client];
  if (request.what == kind::commit && outcome != errc::none && who.in == mood::stable &&
      who.generation == request.generation && who.member == request.member) {
    take_error(who, outcome);
  }
}

void world::take_error(client& who, errc error) {
  const bool is_fenced = error == errc::fenced_instance_id || error == errc::group_full;
  const bool forgets = error == errc::unknown_member_id;
  if (is_fenced) {
    who.in = mood::gone;
    return;
  }
  if (forgets) {
    who.member.clear();
  }
  if (error == errc::not_available && who.in == mood::stable) {
    return;  // the commit is tried again
  }
  who.in = mood::idle;
}

void world::leave(client& who) {
  if (who.in != mood::stable || !one_in(3)) {
    return;
  }
  send([this, group = who.group, member = who.member, instance = who.instance] {
    const member_claim claim{member, instance};
    actions out;
    (void)core_->leave(group, std::span(&claim, 1), now(), out);
    perform(std::move(out));
  });
  who.member.clear();
  who.in = mood::idle;
}

// Administrators, disks ---------------------------------------------------------------------------

void world::remove_something() {
  const std::string group = "group-" + std::to_string(pick(3));
  actions out;
  administrator_at_work_ = true;
  switch (pick(3)) {
    case 0:
      core_->delete_group(group, begin({kind::removal, 0, group, {}, {}}), out);
      break;
    case 1:
      core_->delete_offsets({group, {{topic, static_cast<std::int32_t>(pick(partition_count))}}},
                            begin({kind::removal, 0, group, {}, {}}), out);
      break;
    default:
      if (one_in(6)) {
        core_->topics_deleted(std::vector<std::string>{topic}, out);
      }
      break;
  }
  perform(std::move(out));
  administrator_at_work_ = false;
}

void world::put_into_log(const write& stored) {
  for (const state_record& record : stored.records) {
    log_.push_back(record);
    if (const auto* offset = std::get_if<offset_record>(&record)) {
      const key where{offset->group, offset->partition};
      if (offset->value) {
        stored_offsets_[where] = *offset->value;
      } else {
        stored_offsets_.erase(where);
        acknowledged_.erase(where);
        ++did_.removals;
      }
    } else {
      const auto& changed = std::get<group_record>(record);
      if (changed.value) {
        stored_groups_[changed.group] = *changed.value;
      } else {
        stored_groups_.erase(changed.group);
      }
    }
  }
}

void world::finish_a_write(bool healthy) {
  if (pending_.empty()) {
    return;
  }
  if (planted_ == fault::reorder_writes && pending_.size() > 1) {
    std::swap(pending_[0], pending_[1]);
  }
  write done = std::move(pending_.front());
  pending_.pop_front();
  const std::uint64_t luck = healthy ? 99 : pick(100);
  const errc outcome = luck >= 12 ? errc::none : errc::not_available;
  const bool is_stored = luck >= 6;
  did_.failed_writes += outcome == errc::none ? 0 : 1;
  if (is_stored && !(planted_ == fault::lose_a_write && one_in(10))) {
    put_into_log(done);
  }
  for (const state_record& record : done.records) {
    // Whether a failed write has come into the log is not known to the coordinator.
    const bool is_unsure = outcome != errc::none;
    if (const auto* offset = std::get_if<offset_record>(&record)) {
      const key where{offset->group, offset->partition};
      is_unsure ? (void)uncertain_offsets_.insert(where) : (void)uncertain_offsets_.erase(where);
    } else {
      const std::string& group = std::get<group_record>(record).group;
      is_unsure ? (void)uncertain_groups_.insert(group) : (void)uncertain_groups_.erase(group);
    }
  }
  if (planted_ == fault::acknowledge_before_stored) {
    return;  // it has been told already
  }
  if (const auto* gone = std::get_if<then_remove_group>(&done.then);
      gone != nullptr && outcome == errc::none) {
    forget_group(gone->group);
  }
  actions out;
  core_->written(std::move(done), outcome, now(), out);
  perform(std::move(out));
}

/// Another group of the same name begins from nothing.
void world::forget_group(const std::string& group) {
  told_generation_.erase(group);
  std::erase_if(leaders_, [&](const auto& each) { return each.first.first == group; });
  std::erase_if(instance_owner_, [&](const auto& each) { return each.first.first == group; });
}

void world::crash() {
  ++did_.crashes;
  for (std::size_t kept = pick(pending_.size() + 1); kept > 0; --kept) {
    put_into_log(pending_.front());
    pending_.pop_front();
  }
  pending_.clear();
  open_.clear();
  told_generation_.clear();
  leaders_.clear();
  instance_owner_.clear();
  uncertain_offsets_.clear();
  uncertain_groups_.clear();
  now_ += static_cast<std::int64_t>(pick(5000));
  core_ = started();
  actions out;
  core_->loaded(now(), out);
  perform(std::move(out));
}

}  // namespace tidemill::groups::test
