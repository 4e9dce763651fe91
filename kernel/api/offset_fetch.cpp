#include "api/offset_fetch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "api/repeated_names.hpp"
#include "protocol/offset_fetch.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr api_version groups_since{8};
constexpr api_version group_error_since{2};
constexpr api_version topic_ids_since{10};

/// One group of the request, and what has become of it.
struct fetched_group {
  std::string_view id;
  groups::fetch_request event;
  wire_error error = wire_error::none;
  /// Topics that the coordinator is not asked about.
  struct refused_topic {
    std::string_view name;
    uuid id;
    std::vector<std::int32_t> partitions;
    wire_error error = wire_error::none;
  };
  std::vector<refused_topic> refused;
  bool wants_all = false;
  groups::fetch_reply reply;
};

/// Asks each group's shard; answers when all of them have.
struct fetch_operation_of_groups : group_operation<protocol::offset_fetch_request>,
                                   std::enable_shared_from_this<fetch_operation_of_groups> {
  using group_operation::group_operation;

  void start();
  void add_group(std::string_view id, std::optional<std::string_view> member, std::int32_t epoch);
  template <class Topic>
  void add_topic(fetched_group& to, const Topic& asked_topic, std::string_view name, uuid id);
  void ask(std::size_t index, const located_group& home);
  void answered();
  void answer();
  void answer_one();
  void fill(protocol::offset_fetch_response_group& row, const fetched_group& from) const;

  std::shared_ptr<const metadata::image> image = request.dispatch->image;
  std::vector<fetched_group> groups;
  std::size_t waiting = 0;
};

std::vector<std::int32_t> numbers(const std::vector<partition_index>& partitions) {
  std::vector<std::int32_t> values;
  values.reserve(partitions.size());
  for (const auto each : partitions) {
    values.push_back(each.value());
  }
  return values;
}

void fetch_operation_of_groups::add_group(std::string_view id,
                                          std::optional<std::string_view> member,
                                          std::int32_t epoch) {
  auto& added = groups.emplace_back();
  added.id = id;
  added.event.group = id;
  if (epoch >= 0) {
    added.event.member = member;
    added.event.member_epoch = epoch;
  }
  if (!request.may(operation::describe, resource_kind::group, id)) {
    added.error = wire_error::group_authorization_failed;
  }
}

template <class Topic>
void fetch_operation_of_groups::add_topic(fetched_group& to, const Topic& asked_topic,
                                          std::string_view name, uuid id) {
  auto partitions = numbers(asked_topic.partition_indexes);
  if (request.version >= topic_ids_since) {
    const auto* known = image->find_topic(id);
    if (known == nullptr) {
      return to.refused.push_back({name, id, std::move(partitions), wire_error::unknown_topic_id});
    }
    name = known->name;
  }
  if (!request.may(operation::describe, resource_kind::topic, name)) {
    return to.refused.push_back(
        {name, id, std::move(partitions), wire_error::topic_authorization_failed});
  }
  to.event.topics->push_back({name, std::move(partitions)});
}

void fetch_operation_of_groups::start() {
  if (request.version < groups_since) {
    add_group(asked.group_id, std::nullopt, -1);
    if (asked.topics) {
      groups.back().event.topics.emplace();
      for (const auto& topic : *asked.topics) {
        add_topic(groups.back(), topic, topic.name, {});
      }
    }
  } else {
    leave_out_repeats(asked.groups, [](const auto& group) { return group.group_id; });
    for (const auto& group : asked.groups) {
      add_group(group.group_id, group.member_id, group.member_epoch);
      if (group.topics) {
        groups.back().event.topics.emplace();
        for (const auto& topic : *group.topics) {
          add_topic(groups.back(), topic, topic.name, topic.topic_id);
        }
      }
    }
  }
  waiting = groups.size() + 1;
  for (std::size_t index = 0; index < groups.size(); ++index) {
    auto& each = groups[index];
    each.wants_all = !each.event.topics.has_value();
    const auto home = locate_group(*request.dispatch, each.id);
    if (each.error == wire_error::none) {
      each.error = home.error;
    }
    if (each.error == wire_error::none) {
      ask(index, home);
    } else {
      answered();
    }
  }
  answered();
}

void fetch_operation_of_groups::ask(std::size_t index, const located_group& home) {
  work_on_shard(request, home.shard, [self = shared_from_this(), index, home](groups::host& host) {
    auto reply = host.fetch(home.home, self->groups[index].event);
    work_at_home(*self->request.dispatch, home.shard,
                 [self, index, reply = std::move(reply)]() mutable {
                   auto& into = self->groups[index];
                   into.error = to_wire(reply.error);
                   into.reply = std::move(reply);
                   self->answered();
                 });
  });
}

void fetch_operation_of_groups::answered() {
  if (--waiting != 0) {
    return;
  }
  if (request.version < groups_since) {
    answer_one();
  } else {
    answer();
  }
}

void fetch_operation_of_groups::fill(protocol::offset_fetch_response_group& row,
                                     const fetched_group& from) const {
  row.group_id = from.id;
  row.error_code = from.error;
  if (from.error != wire_error::none) {
    return;
  }
  for (const auto& topic : from.reply.topics) {
    const auto* known = image->find_topic(topic.name);
    if (from.wants_all && (!request.may(operation::describe, resource_kind::topic, topic.name) ||
                           (request.version >= topic_ids_since && known == nullptr))) {
      continue;
    }
    auto& added = row.topics.emplace_back();
    added.name = topic.name;
    added.topic_id = known == nullptr ? topic_id{} : known->id;
    for (const auto& each : topic.rows) {
      added.partitions.push_back({partition_index{each.partition}, offset{each.offset},
                                  leader_epoch{each.leader_epoch}, each.metadata,
                                  wire_error::none});
    }
  }
  for (const auto& topic : from.refused) {
    auto& added = row.topics.emplace_back();
    added.name = topic.name;
    added.topic_id = topic.id;
    for (const auto partition : topic.partitions) {
      added.partitions.push_back(
          {partition_index{partition}, offset{-1}, leader_epoch{-1}, "", topic.error});
    }
  }
}

void fetch_operation_of_groups::answer() {
  protocol::offset_fetch_response response;
  for (const auto& each : groups) {
    fill(response.groups.emplace_back(), each);
  }
  request.answer(response);
}

/// Up to version 7. Version 1 has no place for an error of the group: each partition gets it.
void fetch_operation_of_groups::answer_one() {
  const auto& only = groups.front();
  protocol::offset_fetch_response_group row;
  fill(row, only);
  protocol::offset_fetch_response response;
  response.error_code = only.error;
  for (const auto& topic : row.topics) {
    auto& added = response.topics.emplace_back();
    added.name = topic.name;
    for (const auto& each : topic.partitions) {
      added.partitions.push_back({each.partition_index, each.committed_offset,
                                  each.committed_leader_epoch, each.metadata, each.error_code});
    }
  }
  if (only.error != wire_error::none && request.version < group_error_since && asked.topics) {
    for (const auto& topic : *asked.topics) {
      auto& added = response.topics.emplace_back();
      added.name = topic.name;
      for (const auto index : topic.partition_indexes) {
        added.partitions.push_back({index, offset{-1}, leader_epoch{-1}, "", only.error});
      }
    }
  }
  request.answer(response);
}

}  // namespace

void handle_offset_fetch(request_context request) {
  auto asked = protocol::decode<protocol::offset_fetch_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<fetch_operation_of_groups>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
