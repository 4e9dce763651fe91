#include "group/group_calls.hpp"

#include <algorithm>

#include "kafka/cluster_view.hpp"

namespace tidemill::cli {
namespace {

struct wanted_offsets_destroyer {
  void operator()(rd_kafka_ListConsumerGroupOffsets_t* wanted) const noexcept {
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
  }
};
struct new_offsets_destroyer {
  void operator()(rd_kafka_AlterConsumerGroupOffsets_t* wanted) const noexcept {
    rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
  }
};

problem problem_of(const std::string& doing, const rd_kafka_error_t* failed) {
  return problem_of_code(doing, rd_kafka_error_code(failed), rd_kafka_error_string(failed));
}

group_view::member member_of(const rd_kafka_MemberDescription_t* from) {
  group_view::member made{rd_kafka_MemberDescription_consumer_id(from),
                          rd_kafka_MemberDescription_client_id(from),
                          rd_kafka_MemberDescription_host(from),
                          {}};
  const auto* const assignment = rd_kafka_MemberDescription_assignment(from);
  const auto* const list =
      assignment == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assignment);
  for (int at = 0; list != nullptr && at < list->cnt; ++at) {
    made.partitions.push_back({list->elems[at].topic, list->elems[at].partition});
  }
  std::ranges::sort(made.partitions);
  return made;
}

group_view view_of(const rd_kafka_ConsumerGroupDescription_t* from) {
  group_view made;
  made.id = rd_kafka_ConsumerGroupDescription_group_id(from);
  made.protocol = "classic";
  made.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(from));
  const char* const assignor = rd_kafka_ConsumerGroupDescription_partition_assignor(from);
  made.assignor = assignor == nullptr ? "" : assignor;
  const auto* const coordinator = rd_kafka_ConsumerGroupDescription_coordinator(from);
  made.coordinator = coordinator == nullptr ? -1 : rd_kafka_Node_id(coordinator);
  const std::size_t members = rd_kafka_ConsumerGroupDescription_member_count(from);
  for (std::size_t at = 0; at < members; ++at) {
    made.members.push_back(member_of(rd_kafka_ConsumerGroupDescription_member(from, at)));
  }
  return made;
}

/// What a group of the new protocol is to those who ask for one of the old.
bool is_elsewhere(const rd_kafka_ConsumerGroupDescription_t* from) {
  const auto* const failed = rd_kafka_ConsumerGroupDescription_error(from);
  return failed == nullptr
             ? rd_kafka_ConsumerGroupDescription_state(from) == RD_KAFKA_CONSUMER_GROUP_STATE_DEAD
             : rd_kafka_error_code(failed) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
}

outcome<group_view> describe_new(const client& brokers, const std::string& group,
                                 const rd_kafka_Node_t* coordinator) {
  if (coordinator == nullptr) {
    return problem_of_code("group " + group, RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, {});
  }
  auto found = wire::describe_consumer_group(
      brokers.where(),
      {rd_kafka_Node_host(coordinator), std::to_string(rd_kafka_Node_port(coordinator))}, group);
  if (found) {
    found->coordinator = rd_kafka_Node_id(coordinator);
  }
  return found;
}

}  // namespace

outcome<std::vector<group_listing>> list_groups(const client& brokers) {
  const auto event = ask(brokers, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, "listing groups",
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_ListConsumerGroups(handle, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  const auto* const result = rd_kafka_event_ListConsumerGroups_result(event->get());
  std::size_t failures = 0;
  const auto** errors = rd_kafka_ListConsumerGroups_result_errors(result, &failures);
  if (failures > 0) {
    return problem_of("listing groups", errors[0]);
  }
  std::size_t count = 0;
  const auto** groups = rd_kafka_ListConsumerGroups_result_valid(result, &count);
  std::vector<group_listing> all;
  for (std::size_t at = 0; at < count; ++at) {
    all.push_back(
        {rd_kafka_ConsumerGroupListing_group_id(groups[at]),
         rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(groups[at]))});
  }
  std::ranges::sort(all, {}, &group_listing::id);
  return all;
}

outcome<group_view> describe_group(const client& brokers, const std::string& group) {
  const char* name = group.c_str();
  const std::string doing = "group " + group;
  const auto event = ask(brokers, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, doing,
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_DescribeConsumerGroups(handle, &name, 1, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event->get()), &count);
  if (count != 1) {
    return problem_of_code(doing, RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, {});
  }
  if (is_elsewhere(groups[0])) {
    return describe_new(brokers, group, rd_kafka_ConsumerGroupDescription_coordinator(groups[0]));
  }
  if (const auto* failed = rd_kafka_ConsumerGroupDescription_error(groups[0]); failed != nullptr) {
    return problem_of(doing, failed);
  }
  return view_of(groups[0]);
}

outcome<offset_map> committed_offsets(const client& brokers, const std::string& group) {
  const std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, wanted_offsets_destroyer> wanted(
      rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr));
  rd_kafka_ListConsumerGroupOffsets_t* raw = wanted.get();
  const auto event = ask(brokers, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, "group " + group,
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_ListConsumerGroupOffsets(handle, &raw, 1, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event->get()), &count);
  offset_map committed;
  for (std::size_t at = 0; at < count; ++at) {
    if (const auto* failed = rd_kafka_group_result_error(groups[at]); failed != nullptr) {
      return problem_of("group " + group, failed);
    }
    const auto* const list = rd_kafka_group_result_partitions(groups[at]);
    for (int index = 0; list != nullptr && index < list->cnt; ++index) {
      if (list->elems[index].offset >= 0) {
        committed[{list->elems[index].topic, list->elems[index].partition}] =
            list->elems[index].offset;
      }
    }
  }
  return committed;
}

outcome<void> commit_offsets(const client& brokers, const std::string& group,
                             const offset_map& offsets) {
  const partition_list list = list_of(offsets);
  const std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t, new_offsets_destroyer> wanted(
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* raw = wanted.get();
  const auto event = ask(brokers, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, "group " + group,
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_AlterConsumerGroupOffsets(handle, &raw, 1, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event->get()), &count);
  for (std::size_t at = 0; at < count; ++at) {
    if (const auto* failed = rd_kafka_group_result_error(groups[at]); failed != nullptr) {
      return problem_of("group " + group, failed);
    }
    const auto* const done = rd_kafka_group_result_partitions(groups[at]);
    for (int index = 0; done != nullptr && index < done->cnt; ++index) {
      if (done->elems[index].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return problem_of_code("group " + group, done->elems[index].err, {});
      }
    }
  }
  return boost::system::in_place_value;
}

}  // namespace tidemill::cli
