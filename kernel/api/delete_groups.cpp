#include "api/delete_groups.hpp"

#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "protocol/delete_groups.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// Asks each group's shard; answers when all of them have.
struct delete_operation : group_operation<protocol::delete_groups_request>,
                          std::enable_shared_from_this<delete_operation> {
  using group_operation::group_operation;

  void start() {
    errors.resize(asked.groups_names.size(), wire_error::none);
    waiting = errors.size() + 1;
    for (std::size_t index = 0; index < errors.size(); ++index) {
      const auto group = asked.groups_names[index];
      const auto home = locate_group(*request.dispatch, group);
      errors[index] = request.may(operation::remove, resource_kind::group, group)
                          ? home.error
                          : wire_error::group_authorization_failed;
      if (errors[index] == wire_error::none) {
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
                    host.delete_group(home.home, self->asked.groups_names[index],
                                      [self, index, home](const groups::rows_reply& reply) {
                                        work_at_home(*self->request.dispatch, home.shard,
                                                     [self, index, error = to_wire(reply.error)] {
                                                       self->errors[index] = error;
                                                       self->answered();
                                                     });
                                      });
                  });
  }

  void answered() {
    if (--waiting != 0) {
      return;
    }
    protocol::delete_groups_response response;
    for (std::size_t index = 0; index < errors.size(); ++index) {
      response.results.push_back({asked.groups_names[index], errors[index]});
    }
    request.answer(response);
  }

  std::vector<wire_error> errors;
  std::size_t waiting = 0;
};

}  // namespace

void handle_delete_groups(request_context request) {
  auto asked = protocol::decode<protocol::delete_groups_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<delete_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
