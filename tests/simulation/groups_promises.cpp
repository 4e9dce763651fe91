// What the world holds against the coordinator.
#include <algorithm>

#include "tests/simulation/groups_figures.hpp"
#include "tests/simulation/groups_world.hpp"

namespace tidemill::groups::test {

void world::perform(actions out) {
  trace_ += std::to_string(now_) + " " + std::to_string(out.replies.size()) + " " +
            std::to_string(out.writes.size()) + "\n";
  for (write& each : out.writes) {
    check_expiry(each);
    if (planted_ == fault::acknowledge_before_stored) {
      write told = each;
      pending_.push_back(std::move(each));
      actions more;
      core_->written(std::move(told), errc::none, now(), more);
      perform(std::move(more));
      continue;
    }
    pending_.push_back(std::move(each));
  }
  for (reply& each : out.replies) {
    if (planted_ == fault::drop_an_answer && one_in(20)) {
      continue;
    }
    check_reply(each);
    if (planted_ == fault::answer_twice && one_in(20)) {
      check_reply(each);
    }
  }
}

void world::check_reply(reply& each) {
  const auto found = open_.find(each.to);
  expect(found != open_.end(), "a request was answered twice, or never asked");
  if (found == open_.end()) {
    return;
  }
  const asked request = std::move(found->second);
  open_.erase(found);
  if (auto* joined = std::get_if<join_reply>(&each.what)) {
    if (joined->error == errc::none) {
      ++did_.joins;
      if (planted_ == fault::name_two_leaders && one_in(10)) {
        joined->leader = joined->member;
      }
      if (planted_ == fault::repeat_generations && joined->generation > 2) {
        joined->generation -= 2;
      }
      const auto told = told_generation_.find(request.group);
      // Who replaces a static member is answered once that is stored; others may have gone on.
      const bool may_be_late = request.instance.has_value() && request.member.empty();
      expect(told == told_generation_.end() || joined->generation >= told->second || may_be_late,
             "a generation goes back");
      auto& newest = told_generation_[request.group];
      newest = std::max(newest, joined->generation);
      const auto leader =
          leaders_.try_emplace({request.group, joined->generation}, joined->leader).first;
      // A static leader that is replaced hands its part to the newcomer.
      expect(leader->second == joined->leader || request.instance.has_value() ||
                 instance_owner_.size() > 0,
             "a generation has two leaders");
      if (request.instance) {
        auto& owner = instance_owner_[{request.group, *request.instance}];
        did_.replacements += !owner.empty() && owner != joined->member ? 1 : 0;
        owner = joined->member;
      }
      // Static members keep their places while others come back.
      const auto dynamic = std::ranges::count_if(
          joined->members, [](const auto& row) { return !row.instance.has_value(); });
      expect(static_cast<std::size_t>(dynamic) <= options_.group_size_max,
             "a group is larger than it may be");
    }
    return send(
        [this, request, answer = *joined, token = each.to] { take(request, answer, token); });
  }
  if (auto* synced = std::get_if<sync_reply>(&each.what)) {
    check_old_instance(request, synced->error);
    if (synced->error == errc::none) {
      ++did_.syncs;
      if (planted_ == fault::swap_assignments && one_in(10)) {
        synced->assignment = share(as_bytes("somebody else's"));
      }
      // Only what a restart would know is given out.
      const auto& stored = stored_groups_[request.group];
      const auto row = std::ranges::find(stored.members, request.member, &stored_member::id);
      expect(stored.generation == request.generation && row != stored.members.end() &&
                 std::ranges::equal(view_of(row->assignment), view_of(synced->assignment)),
             "an assignment was given out that is not in the log");
    }
    return send(
        [this, request, answer = *synced, token = each.to] { take(request, answer, token); });
  }
  const auto& rows = std::get<rows_reply>(each.what);
  const errc outcome = rows.rows.empty() ? rows.error : rows.rows.front();
  if (request.what == kind::commit) {
    check_old_instance(request, outcome);
    if (outcome == errc::none) {
      ++did_.commits;
      expect(request.generation >= request.told_generation,
             "a commit of an old generation was taken");
      auto& last = acknowledged_[{request.group, request.partition}];
      last = {request.value, request.at};
      const auto stored = stored_offsets_.find({request.group, request.partition});
      expect(stored != stored_offsets_.end(), "an acknowledged offset is not in the log");
    }
  }
  send([this, request, answer = rows, token = each.to] { take(request, answer, token); });
}

void world::check_old_instance(const asked& request, errc outcome) {
  if (!request.instance || outcome != errc::none) {
    return;
  }
  std::string owner = request.owner;
  if (planted_ == fault::let_old_instances_in && !owner.empty() && one_in(30)) {
    owner += " (another)";
  }
  expect(owner.empty() || owner == request.member, "a fenced instance was let in");
}

/// The coordinator itself forgets an offset only when it is old.
void world::check_expiry(const write& planned) {
  const auto* rows = std::get_if<then_apply_rows>(&planned.then);
  const auto* group = std::get_if<then_remove_group>(&planned.then);
  const bool is_own = (rows != nullptr && !rows->to) || (group != nullptr && !group->to);
  if (!is_own || administrator_at_work_) {
    return;
  }
  for (const state_record& record : planned.records) {
    const auto* offset = std::get_if<offset_record>(&record);
    if (offset == nullptr || offset->value) {
      continue;
    }
    const auto known = acknowledged_.find({offset->group, offset->partition});
    expect(known == acknowledged_.end() ||
               now_ - known->second.at >= options_.offsets_retention.count(),
           "a fresh offset was forgotten");
  }
}

void world::check_fetches() {
  for (int number = 0; number < 3; ++number) {
    const std::string group = "group-" + std::to_string(number);
    fetch_request event;
    event.group = group;
    const fetch_reply shown = core_->fetch(event);
    std::map<key, std::int64_t> values;
    for (const auto& each : shown.topics) {
      for (const auto& row : each.rows) {
        const key where{group, row.partition};
        values[where] = row.offset;
        if (!uncertain_offsets_.contains(where)) {
          const auto stored = stored_offsets_.find(where);
          expect(stored != stored_offsets_.end() && stored->second.offset == row.offset,
                 "an offset is shown that is not the one in the log");
        }
      }
    }
    for (const auto& [where, last] : acknowledged_) {
      if (where.first == group && !uncertain_offsets_.contains(where)) {
        expect(values.contains(where), "an acknowledged offset is gone");
      }
    }
  }
}

/// A restart would know what is known now.
void world::check_replay() {
  expect(has_true_figures(*core_), "the figures are not those of the groups");
  if (!pending_.empty()) {
    return;
  }
  const auto twin = started();
  for (int number = 0; number < 3; ++number) {
    const std::string group = "group-" + std::to_string(number);
    fetch_request event;
    event.group = group;
    const auto live = core_->fetch(event);
    const auto again = twin->fetch(event);
    const auto flat = [&](const fetch_reply& of) {
      std::map<key, std::int64_t> values;
      for (const auto& each : of.topics) {
        for (const auto& row : each.rows) {
          if (!uncertain_offsets_.contains({group, row.partition})) {
            values[{group, row.partition}] = row.offset;
          }
        }
      }
      return values;
    };
    expect(flat(live) == flat(again), "offsets differ from what a restart would find");
    const auto now_known = core_->describe(group);
    if (uncertain_groups_.contains(group) || now_known.state != "Stable") {
      continue;
    }
    const auto then_known = twin->describe(group);
    const auto ids = [](const group_description& of) {
      std::vector<std::pair<std::string, std::string>> rows;
      for (const auto& each : of.members) {
        rows.emplace_back(each.id, std::string(as_text(view_of(each.assignment))));
      }
      return rows;
    };
    expect(then_known.state == "Stable" && ids(now_known) == ids(then_known),
           "a stable group differs from what a restart would find");
  }
}

/// Nothing fails any more: everybody has to find together.
void world::calm_down() {
  is_calm_ = true;
  for (client& each : clients_) {
    each.stalled_until = 0;
  }
  for (int round = 0; round < 1500 && broken_.empty(); ++round) {
    while (!pending_.empty() && broken_.empty()) {
      finish_a_write(true);
    }
    for (client& each : clients_) {
      act(each);
    }
    let_time_pass(200);
  }
  while (!pending_.empty()) {
    finish_a_write(true);
  }
  check_replay();
  std::map<std::string, std::int32_t> generations;
  for (const client& each : clients_) {
    if (each.in == mood::gone) {
      continue;
    }
    expect(each.in == mood::stable, "client " + std::to_string(each.number) + " finds no peace");
    expect(!each.assignment.empty(), "a member has no assignment");
    const auto known = generations.emplace(each.group, each.generation).first;
    expect(known->second == each.generation, "members of one group are in two generations");
  }
  for (const auto& [token, request] : open_) {
    expect(now_ - request.at < 120'000, "a request was never answered");
  }
}

}  // namespace tidemill::groups::test
