#include "api/consumer_group_describe.hpp"

#include <string>
#include <utility>
#include <vector>

#include "api/authorized_operations.hpp"
#include "api/group_request.hpp"
#include "api/repeated_names.hpp"
#include "protocol/consumer_group_describe.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using described_row = protocol::consumer_group_describe_response_described_group;
using assignment_row = protocol::consumer_group_describe_response_assignment_entry;

constexpr std::int8_t new_protocol_member = 1;

/// Asks each group's shard; answers when all of them have.
struct describe_consumers : group_operation<protocol::consumer_group_describe_request>,
                            std::enable_shared_from_this<describe_consumers> {
  using group_operation::group_operation;

  struct found_group {
    wire_error error = wire_error::none;
    std::string message;
    groups::consumer_description shown;
  };

  void start() {
    leave_out_repeats(asked.group_ids, [](std::string_view group) { return group; });
    found.resize(asked.group_ids.size());
    waiting = found.size() + 1;
    for (std::size_t index = 0; index < found.size(); ++index) {
      const auto group = asked.group_ids[index];
      const auto home = locate_group(*request.dispatch, group);
      found[index].error = request.may(operation::describe, resource_kind::group, group)
                               ? home.error
                               : wire_error::group_authorization_failed;
      if (found[index].error == wire_error::none) {
        ask(index, home);
      } else {
        answered();
      }
    }
    answered();
  }

  void ask(std::size_t index, const located_group& home) {
    work_on_shard(request, home.shard,
                  [self = shared_from_this(), index, home](groups::host& host) {
                    auto shown = host.describe_consumer(home.home, self->asked.group_ids[index]);
                    work_at_home(*self->request.dispatch, home.shard,
                                 [self, index, shown = std::move(shown)]() mutable {
                                   self->found[index].error = to_wire(shown.error);
                                   self->found[index].shown = std::move(shown);
                                   self->answered();
                                 });
                  });
  }

  void answered() {
    if (--waiting != 0) {
      return;
    }
    protocol::consumer_group_describe_response response;
    for (std::size_t index = 0; index < found.size(); ++index) {
      auto& row = response.groups.emplace_back();
      row.group_id = asked.group_ids[index];
      fill(row, found[index]);
    }
    request.answer(response);
  }

  void fill(described_row& row, found_group& from) const {
    row.error_code = from.error;
    if (from.error == wire_error::group_id_not_found) {
      from.message = "Group " + std::string(row.group_id) + " not found.";
      row.error_message = from.message;
    }
    if (from.error != wire_error::none) {
      return;
    }
    row.group_state = from.shown.state;
    row.group_epoch = from.shown.epoch;
    row.assignment_epoch = from.shown.target_epoch;
    row.assignor_name = from.shown.assignor;
    for (const auto& member : from.shown.members) {
      auto& shown = row.members.emplace_back();
      shown.member_id = member.id;
      shown.instance_id = member.settings.instance;
      shown.rack_id = member.settings.rack;
      shown.member_epoch = member.epoch;
      shown.client_id = member.settings.client_id;
      shown.client_host = member.settings.client_host;
      shown.subscribed_topic_names.assign(member.settings.topics.begin(),
                                          member.settings.topics.end());
      shown.subscribed_topic_regex = member.settings.expression;
      fill(shown.assignment, member.assigned);
      fill(shown.target_assignment, member.target);
      shown.member_type = new_protocol_member;
    }
    if (asked.include_authorized_operations) {
      row.authorized_operations =
          authorized_operations(request, resource_kind::group, row.group_id);
    }
  }

  /// Topics that are gone meanwhile are left out, for they have no name.
  void fill(assignment_row& to, const groups::partition_set& from) const {
    for (const auto& [topic, partitions] : from) {
      const auto* known = image->find_topic(topic);
      if (known == nullptr) {
        continue;
      }
      auto& row = to.topic_partitions.emplace_back();
      row.topic_id = topic;
      row.topic_name = known->name;
      for (const std::int32_t each : partitions) {
        row.partitions.emplace_back(each);
      }
    }
  }

  std::shared_ptr<const metadata::image> image = request.dispatch->image;
  std::vector<found_group> found;
  std::size_t waiting = 0;
};

}  // namespace

void handle_consumer_group_describe(request_context request) {
  auto asked =
      protocol::decode<protocol::consumer_group_describe_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<describe_consumers>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
