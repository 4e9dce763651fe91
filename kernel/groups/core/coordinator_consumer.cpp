// What a coordinator does with groups of the new protocol.
#include <algorithm>
#include <utility>

#include "groups/core/coordinator.hpp"

namespace tidemill::groups {

using std::chrono::milliseconds;

namespace {

/// What of a heartbeat would be kept.
std::size_t size_of_wishes(const consumer_heartbeat& request) noexcept {
  std::size_t size = request.expression ? request.expression->size() : 0;
  if (request.topics) {
    for (const std::string& each : *request.topics) {
      size += each.size() + sizeof(std::string);
    }
  }
  return size;
}

}  // namespace

bool coordinator::has_members(const kept_group& of) noexcept {
  return of.consumer != nullptr ? !of.consumer->is_empty()
                                : of.classic.now_in() != classic_group::phase::empty;
}

std::optional<milliseconds> coordinator::deadline_of(const kept_group& of) {
  const auto classic = of.classic.next_deadline();
  if (of.consumer == nullptr || of.is_changing) {
    return classic;
  }
  const auto consumer = of.consumer->next_deadline();
  return classic && consumer ? std::min(*classic, *consumer) : (classic ? classic : consumer);
}

void coordinator::topics_changed(std::shared_ptr<const topic_catalog> catalog) {
  catalog_ = std::move(catalog);
}

void coordinator::refuse_beat(request_token to, errc why, std::string message, actions& out) const {
  consumer_heartbeat_reply reply;
  reply.error = why;
  reply.message = std::move(message);
  out.answer(to, std::move(reply));
}

void coordinator::consumer_beat(consumer_heartbeat request, request_token to, const moment& now,
                                actions& out) {
  if (request.group.empty()) {
    return refuse_beat(to, errc::invalid_request, "GroupId can't be empty.", out);
  }
  if (auto problem = consumer_group::problem_of(request)) {
    return refuse_beat(to, errc::invalid_request, std::move(*problem), out);
  }
  const std::size_t wishes = size_of_wishes(request);
  if (wishes > options_->member_metadata_bytes_max) {
    return refuse_beat(to, errc::member_metadata_too_large,
                       std::string(reason(errc::member_metadata_too_large)), out);
  }
  const kept_group* known = find(request.group);
  const bool joins = request.epoch == 0;
  if (known == nullptr && joins && groups_.size() >= options_->groups_max) {
    return refuse_beat(to, errc::limit_reached, std::string(reason(errc::limit_reached)), out);
  }
  if ((joins || wishes > 0) && !totals_->members.has_room_for(wishes)) {
    return refuse_beat(to, errc::limit_reached, std::string(reason(errc::limit_reached)), out);
  }
  const bool is_other_kind =
      known == nullptr || (known->consumer == nullptr && !known->is_changing);
  if (is_other_kind && (!joins || (known != nullptr && !known->classic.is_idle()))) {
    return refuse_beat(to, errc::group_id_not_found,
                       known == nullptr ? "Group " + request.group + " not found."
                                        : "Group " + request.group + " is not a consumer group.",
                       out);
  }
  if (known != nullptr && known->is_leaving) {
    return refuse_beat(to, errc::loading, std::string(reason(errc::loading)), out);
  }
  const auto of = find_or_make(request.group);
  kept_group& here = of->second;
  if (here.is_changing) {
    here.waiting.emplace_back(to, std::move(request));
    return;
  }
  if (here.consumer != nullptr) {
    if (auto reply = here.consumer->keep_alive(request, catalog_.get(), now)) {
      out.answer(to, std::move(*reply));
      return settle(of);
    }
  }
  auto next = here.consumer == nullptr ? std::make_shared<consumer_group>(*options_, of->first)
                                       : std::make_shared<consumer_group>(*here.consumer);
  auto outcome = next->heartbeat(request, catalog_.get(), now);
  if (outcome.records.empty()) {
    if (outcome.reply.error == errc::none) {
      take_consumer(here, std::move(next));
    }
    out.answer(to, std::move(outcome.reply));
    return settle(of);
  }
  if (here.consumer == nullptr && here.classic.is_recorded()) {
    outcome.records.insert(outcome.records.begin(), group_record{of->first, std::nullopt});
  }
  plan_change(of->first, here, std::move(outcome.records),
              {of->first, here.number, to, std::move(outcome.reply), std::move(next)}, out);
  settle(of);
}

void coordinator::take_consumer(kept_group& of, std::shared_ptr<consumer_group> next) const {
  of.consumer = std::move(next);
  of.brought.set(
      of.consumer != nullptr && has_members(of) ? sizeof of + of.consumer->metadata_bytes() : 0);
}

void coordinator::plan_change(const std::string&, kept_group& of, std::vector<state_record> records,
                              then_adopt then, actions& out) const {
  write stored;
  stored.records = std::move(records);
  stored.then = std::move(then);
  of.is_changing = true;
  out.writes.push_back(std::move(stored));
}

/// A member of the old protocol asks for a group that has nobody of the new one any more.
void coordinator::give_up_consumer(const std::string& id, kept_group& of, actions& out) const {
  plan_change(id, of, of.consumer->tombstones(), {id, of.number, std::nullopt, {}, nullptr}, out);
}

void coordinator::advance_consumer(group_map::iterator of, const moment& now, actions& out) {
  kept_group& here = of->second;
  if (here.consumer == nullptr || here.is_changing) {
    return;
  }
  auto next = std::make_shared<consumer_group>(*here.consumer);
  auto records = next->advance(now);
  if (records.empty()) {
    take_consumer(here, std::move(next));
    return;
  }
  ++out.rebalances;
  plan_change(of->first, here, std::move(records),
              {of->first, here.number, std::nullopt, {}, std::move(next)}, out);
}

void coordinator::done(const then_adopt& planned, write&, errc outcome, const moment& now,
                       actions& out) {
  const auto of = groups_.find(planned.group);
  if (of == groups_.end() || of->second.number != planned.incarnation) {
    return;  // cannot be: nothing removes a group that is changing
  }
  kept_group& here = of->second;
  here.is_changing = false;
  if (outcome == errc::none) {
    if (here.classic.is_recorded()) {
      here.classic = classic_group(*options_, of->first, here.number);
    }
    take_consumer(here, planned.next);
  }
  if (planned.to) {
    if (outcome == errc::none) {
      out.answer(*planned.to, planned.answer);
    } else {
      refuse_beat(*planned.to, outcome, std::string(reason(outcome)), out);
    }
  }
  auto waiting = std::exchange(here.waiting, {});
  settle(of);
  for (auto& [to, request] : waiting) {
    consumer_beat(std::move(request), to, now, out);
  }
}

consumer_description coordinator::describe_consumer(std::string_view group) const {
  const kept_group* of = find(group);
  if (of == nullptr || of->consumer == nullptr) {
    return {.error = errc::group_id_not_found};
  }
  return of->consumer->describe();
}

void coordinator::replay_consumer(const state_record& record) {
  std::visit(
      [&](const auto& each) {
        using kind = std::remove_cvref_t<decltype(each)>;
        if constexpr (!std::is_same_v<kind, offset_record> && !std::is_same_v<kind, group_record>) {
          const auto of = find_or_make(each.group);
          auto& consumer = of->second.consumer;
          if (consumer == nullptr) {
            consumer = std::make_shared<consumer_group>(*options_, of->first);
          }
          consumer->replay(each);
          if constexpr (std::is_same_v<kind, consumer_epoch_record>) {
            if (!each.value) {  // the last of a group's own records
              consumer.reset();
              settle(of);
            }
          }
        }
      },
      record);
}

}  // namespace tidemill::groups
