#include "api/list_groups.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "protocol/list_groups.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_name(std::string_view left, std::string_view right) noexcept {
  return std::ranges::equal(left, right, {}, lower, lower);
}

bool passes(const std::vector<std::string_view>& filter, std::string_view value) {
  return filter.empty() || std::ranges::any_of(filter, [&](std::string_view wanted) {
           return same_name(wanted, value);
         });
}

/// Others have their turn after so many groups.
constexpr std::size_t groups_at_a_time = 1000;

/// There may be hundreds of thousands of groups: one request at a time walks them, in steps.
struct list_operation : group_operation<protocol::list_groups_request>,
                        std::enable_shared_from_this<list_operation> {
  using group_operation::group_operation;

  void start() {
    const auto& shards = request.dispatch->dependencies.shards;
    waiting = shards.size();
    for (std::size_t index = 0; index < shards.size(); ++index) {
      const shard_index shard{static_cast<std::uint32_t>(index)};
      work_on_shard(request, shard, [self = shared_from_this(), shard](groups::host& host) {
        self->walk(shard, host, {});
      });
    }
  }

  /// On the loop of `shard`.
  void walk(shard_index shard, groups::host& host, groups::host::listing listed) {
    host.list(listed, groups_at_a_time);
    if (!listed.is_whole) {
      const auto& loop = request.dispatch->dependencies.shards[shard.value()].loop;
      return loop->post(
          [self = shared_from_this(), shard, &host, listed = std::move(listed)]() mutable {
            self->walk(shard, host, std::move(listed));
          });
    }
    work_at_home(*request.dispatch, shard,
                 [self = shared_from_this(), listed = std::move(listed)]() mutable {
                   self->receive(std::move(listed));
                 });
  }

  void receive(groups::host::listing listed) {
    if (listed.error != groups::errc::none) {
      error = to_wire(listed.error);
    }
    groups.insert(groups.end(), std::make_move_iterator(listed.groups.begin()),
                  std::make_move_iterator(listed.groups.end()));
    if (--waiting == 0) {
      answer();
      request.dispatch->group_listings.leave(*request.dispatch->here().loop);
    }
  }

  void answer() {
    protocol::list_groups_response response;
    response.error_code = error;
    const bool may_see_all = request.may_on_cluster(operation::describe);
    for (const auto& group : groups) {
      if (error == wire_error::none && passes(asked.states_filter, group.state) &&
          passes(asked.types_filter, group.type) &&
          (may_see_all || request.may(operation::describe, resource_kind::group, group.id))) {
        response.groups.push_back({group.id, group.protocol_type, group.state, group.type});
      }
    }
    request.answer(response);
  }

  std::size_t waiting = 0;
  wire_error error = wire_error::none;
  std::vector<groups::listed_group> groups;
};

}  // namespace

void handle_list_groups(request_context request) {
  auto asked = protocol::decode<protocol::list_groups_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  auto& turns = request.dispatch->group_listings;
  turns.enter([operation = std::make_shared<list_operation>(
                   std::move(request), std::move(*asked))] { operation->start(); });
}

}  // namespace tidemill::api
