#include "api/describe_groups.hpp"

#include <utility>
#include <vector>

#include "api/authorized_operations.hpp"
#include "api/group_request.hpp"
#include "api/repeated_names.hpp"
#include "protocol/describe_groups.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr api_version not_found_since{6};

/// Asks each group's shard; answers when all of them have.
struct describe_operation : group_operation<protocol::describe_groups_request>,
                            std::enable_shared_from_this<describe_operation> {
  using group_operation::group_operation;

  void start() {
    leave_out_repeats(asked.groups, [](std::string_view group) { return group; });
    found.resize(asked.groups.size());
    waiting = found.size() + 1;
    for (std::size_t index = 0; index < found.size(); ++index) {
      const auto group = asked.groups[index];
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
                    auto shown = host.describe(home.home, self->asked.groups[index]);
                    work_at_home(*self->request.dispatch, home.shard,
                                 [self, index, shown = std::move(shown)]() mutable {
                                   self->found[index].error = to_wire(shown.error);
                                   self->found[index].shown = std::move(shown);
                                   self->answered();
                                 });
                  });
  }

  void answered() {
    if (--waiting == 0) {
      answer();
    }
  }

  void answer() {
    protocol::describe_groups_response response;
    for (std::size_t index = 0; index < found.size(); ++index) {
      auto& row = response.groups.emplace_back();
      row.group_id = asked.groups[index];
      fill(row, found[index]);
    }
    request.answer(response);
  }

  struct found_group {
    wire_error error = wire_error::none;
    groups::group_description shown;
    std::string message;
  };

  void fill(protocol::describe_groups_response_described_group& row, found_group& from) const {
    row.error_code = from.error;
    if (from.error == wire_error::group_id_not_found) {
      row.group_state = "Dead";
      if (request.version < not_found_since) {
        row.error_code = wire_error::none;
      } else {
        from.message = "Group " + std::string(row.group_id) + " not found.";
        row.error_message = from.message;
      }
    } else if (from.error != wire_error::none) {
      return;
    } else {
      row.group_state = from.shown.state;
    }
    row.protocol_type = from.shown.protocol_type;
    row.protocol_data = from.shown.protocol;
    for (const auto& member : from.shown.members) {
      row.members.push_back({member.id, member.instance, member.client_id, member.client_host,
                             groups::view_of(member.metadata), groups::view_of(member.assignment)});
    }
    const bool is_there = row.error_code == wire_error::none;
    if (asked.include_authorized_operations && is_there) {
      row.authorized_operations =
          authorized_operations(request, resource_kind::group, row.group_id);
    }
  }

  std::vector<found_group> found;
  std::size_t waiting = 0;
};

}  // namespace

void handle_describe_groups(request_context request) {
  auto asked = protocol::decode<protocol::describe_groups_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<describe_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
