// What a coordinator does with committed offsets.
#include <algorithm>
#include <utility>

#include "groups/core/coordinator.hpp"

namespace tidemill::groups {

using std::chrono::milliseconds;

errc coordinator::judge_commit(const commit_request& request, const moment& now) {
  // The empty id is a group like others here: old clients commit under it.
  kept_group* of = find(request.group);
  if (of == nullptr) {
    if (request.generation >= 0) {
      return errc::group_id_not_found;
    }
    return groups_.size() >= options_->groups_max ? errc::limit_reached : errc::none;
  }
  return of->is_leaving ? errc::loading : check_committer(*of, request, now);
}

errc coordinator::check_committer(kept_group& of, const commit_request& request,
                                  const moment& now) {
  if (of.consumer == nullptr) {
    return of.classic.check_commit(request, now);
  }
  if (request.generation < 0 && of.consumer->is_empty()) {
    return errc::none;
  }
  return of.consumer->check_member(request.member, request.generation);
}

errc coordinator::judge_row(const commit_request::row& row, const kept_group& of,
                            commit_plan& planned) const noexcept {
  if (row.metadata.size() > options_->offset_metadata_bytes_max) {
    return errc::offset_metadata_too_large;
  }
  const stored_offset* known = of.offsets.find(row.topic, row.partition);
  if (known != nullptr && row.metadata.size() <= known->metadata.size()) {
    return errc::none;  // whoever has committed can go on with it, however full it is
  }
  const std::size_t rows = known == nullptr ? 1 : 0;
  const std::size_t bytes = known == nullptr
                                ? offset_table::size_bytes_of(row.topic, row.metadata) +
                                      (of.offsets.size() == 0 && planned.rows == 0 ? sizeof of : 0)
                                : row.metadata.size() - known->metadata.size();
  if (of.offsets.size() + planned.rows + rows > options_->offsets_per_group_max ||
      !totals_->offsets.has_room_for(planned.bytes + bytes)) {
    return errc::limit_reached;
  }
  planned.rows += rows;
  planned.bytes += bytes;
  return errc::none;
}

void coordinator::commit(const commit_request& request, request_token to, const moment& now,
                         actions& out) {
  if (const errc wrong = judge_commit(request, now); wrong != errc::none) {
    return answer_rows(to, errc::none, std::vector<errc>(request.rows.size(), wrong), out);
  }
  const auto of = find_or_make(request.group);
  write stored;
  rows_reply answer;
  commit_plan planned;
  for (const auto& row : request.rows) {
    const errc verdict = judge_row(row, of->second, planned);
    answer.rows.push_back(verdict);
    if (verdict == errc::none) {
      stored.records.emplace_back(
          offset_record{of->first, std::string(row.topic), row.partition,
                        stored_offset{row.offset, row.leader_epoch, std::string(row.metadata),
                                      now.wall_ms, request.expire_time_ms, row.topic_id}});
      of->second.offsets.begin_commit(row.topic, row.partition);
    }
  }
  settle(of);
  if (stored.records.empty()) {
    return answer_rows(to, errc::none, std::move(answer.rows), out);
  }
  stored.then = then_apply_rows{to, std::move(answer)};
  out.writes.push_back(std::move(stored));
}

fetch_reply coordinator::fetch(const fetch_request& request) const {
  fetch_reply answer;
  const auto row_of = [](std::int32_t partition, const stored_offset* known) {
    fetch_reply::row row{.partition = partition};
    if (known != nullptr) {
      row = {partition, known->offset, known->leader_epoch, known->metadata};
    }
    return row;
  };
  const kept_group* of = find(request.group);
  if (request.member && of != nullptr && of->consumer != nullptr) {
    answer.error =
        of->consumer->check_member({*request.member, std::nullopt}, request.member_epoch);
    if (answer.error != errc::none) {
      return answer;
    }
  }
  if (request.topics) {
    for (const auto& asked : *request.topics) {
      auto& topic = answer.topics.emplace_back();
      topic.name = asked.name;
      for (const std::int32_t partition : asked.partitions) {
        topic.rows.push_back(
            row_of(partition, of == nullptr ? nullptr : of->offsets.find(asked.name, partition)));
      }
    }
  } else if (of != nullptr) {
    for (const auto& [name, partitions] : of->offsets.all()) {
      auto& topic = answer.topics.emplace_back();
      topic.name = name;
      for (const auto& [partition, known] : partitions) {
        topic.rows.push_back(row_of(partition, &known));
      }
    }
  }
  return answer;
}

void coordinator::delete_offsets(const delete_offsets_request& request, request_token to,
                                 actions& out) {
  if (request.group.empty()) {
    return answer_rows(to, errc::invalid_group_id, {}, out);
  }
  const auto of = groups_.find(request.group);
  if (of == groups_.end()) {
    return answer_rows(to, errc::group_id_not_found, {}, out);
  }
  const classic_group& classic = of->second.classic;
  if (of->second.is_leaving) {
    return answer_rows(to, errc::loading, {}, out);
  }
  const auto* consumer = of->second.consumer.get();
  if (classic.now_in() != classic_group::phase::empty && !classic.is_consumer_protocol()) {
    return answer_rows(to, errc::group_not_empty, {}, out);
  }
  write stored;
  rows_reply answer;
  for (const auto& row : request.rows) {
    const bool in_use = consumer != nullptr ? consumer->is_subscribed_to(row.topic)
                                            : classic.now_in() != classic_group::phase::empty &&
                                                  classic.is_subscribed_to(row.topic);
    answer.rows.push_back(in_use ? errc::group_subscribed_to_topic : errc::none);
    if (!in_use && (of->second.offsets.find(row.topic, row.partition) != nullptr ||
                    of->second.offsets.is_pending(row.topic, row.partition))) {
      stored.records.emplace_back(
          offset_record{of->first, std::string(row.topic), row.partition, std::nullopt});
    }
  }
  if (stored.records.empty()) {
    return answer_rows(to, errc::none, std::move(answer.rows), out);
  }
  stored.then = then_apply_rows{to, std::move(answer)};
  out.writes.push_back(std::move(stored));
}

// Removal of groups -------------------------------------------------------------------------------

void coordinator::delete_group(std::string_view group, request_token to, actions& out) {
  const auto of = groups_.find(group);
  if (of == groups_.end()) {
    return answer_rows(to, errc::group_id_not_found, {}, out);
  }
  if (has_members(of->second)) {
    return answer_rows(to, errc::group_not_empty, {}, out);
  }
  if (of->second.is_leaving || of->second.is_changing) {
    return answer_rows(to, errc::loading, {}, out);
  }
  plan_removal(of->first, of->second, to, out);
}

/// Also what is on its way into the log: it would come back with the next start.
void coordinator::plan_removal(const std::string& id, kept_group& of,
                               std::optional<request_token> to, actions& out) const {
  write stored;
  for (const auto& [topic, partitions] : of.offsets.all()) {
    for (const auto& [partition, known] : partitions) {
      stored.records.emplace_back(offset_record{id, topic, partition, std::nullopt});
    }
  }
  for (const auto& [topic, partitions] : of.offsets.pending()) {
    for (const auto& [partition, count] : partitions) {
      if (of.offsets.find(topic, partition) == nullptr) {
        stored.records.emplace_back(offset_record{id, topic, partition, std::nullopt});
      }
    }
  }
  if (of.consumer != nullptr) {
    for (state_record& each : of.consumer->tombstones()) {
      stored.records.push_back(std::move(each));
    }
  } else {
    stored.records.emplace_back(group_record{id, std::nullopt});
  }
  stored.then = then_remove_group{id, of.number, to};
  of.is_leaving = true;
  out.writes.push_back(std::move(stored));
}

void coordinator::topics_deleted(std::span<const std::string> names, actions& out) {
  for (const auto& [id, of] : groups_) {
    write stored;
    for (const std::string& name : names) {
      std::set<std::int32_t> gone;
      if (const auto known = of.offsets.all().find(name); known != of.offsets.all().end()) {
        for (const auto& [partition, offset] : known->second) {
          gone.insert(partition);
        }
      }
      if (const auto way = of.offsets.pending().find(name); way != of.offsets.pending().end()) {
        for (const auto& [partition, count] : way->second) {
          gone.insert(partition);
        }
      }
      for (const std::int32_t partition : gone) {
        stored.records.emplace_back(offset_record{id, name, partition, std::nullopt});
      }
    }
    if (!stored.records.empty()) {
      stored.then = then_apply_rows{};
      out.writes.push_back(std::move(stored));
    }
  }
}

// Expiry ------------------------------------------------------------------------------------------

/// Kafka's rules (KIP-211): a group without members counts from when it became empty; one with
/// members only loses offsets of topics that it has left; one that never had any counts from the
/// commit.
bool coordinator::is_expired(const kept_group& of, std::string_view topic,
                             const stored_offset& offset, const moment& now) const noexcept {
  const classic_group& classic = of.classic;
  std::int64_t since = offset.commit_time_ms;
  if (of.consumer != nullptr) {
    if (of.consumer->is_subscribed_to(topic)) {
      return false;
    }
  } else if (classic.protocol_type()) {
    if (classic.now_in() == classic_group::phase::empty) {
      since = classic.state_time_ms() < 0 ? since : classic.state_time_ms();
    } else if (!classic.is_consumer_protocol() || !classic.subscribed_topics() ||
               classic.now_in() != classic_group::phase::stable ||
               classic.subscribed_topics()->contains(topic)) {
      return false;
    }
  }
  return offset.expire_time_ms ? now.wall_ms >= *offset.expire_time_ms
                               : now.wall_ms - since >= options_->offsets_retention.count();
}

void coordinator::expire_offsets(const moment& now, actions& out) {
  for (auto& [id, of] : groups_) {
    if (!of.is_leaving) {
      expire_offsets_of(id, of, now, out);
    }
  }
}

void coordinator::expire_offsets_of(const std::string& id, kept_group& of, const moment& now,
                                    actions& out) {
  write stored;
  for (const auto& [topic, partitions] : of.offsets.all()) {
    for (const auto& [partition, offset] : partitions) {
      if (!of.offsets.is_pending(topic, partition) && is_expired(of, topic, offset, now)) {
        stored.records.emplace_back(offset_record{id, topic, partition, std::nullopt});
      }
    }
  }
  const bool nothing_left =
      stored.records.size() == of.offsets.size() && of.offsets.pending().empty();
  if (nothing_left && !has_members(of) && of.classic.is_idle() && !of.is_changing) {
    return plan_removal(id, of, std::nullopt, out);
  }
  if (!stored.records.empty()) {
    stored.then = then_apply_rows{};
    out.writes.push_back(std::move(stored));
  }
}

}  // namespace tidemill::groups
