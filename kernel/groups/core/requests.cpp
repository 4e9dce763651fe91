#include "groups/core/requests.hpp"

#include <utility>

namespace tidemill::groups {

// Not inline: gcc 12 sees uninitialised alternatives where it inlines the variant's move.

void actions::answer(request_token to, join_reply what) {
  replies.emplace_back().to = to;
  replies.back().what.emplace<join_reply>(std::move(what));
}

void actions::answer(request_token to, sync_reply what) {
  replies.emplace_back().to = to;
  replies.back().what.emplace<sync_reply>(std::move(what));
}

void actions::answer(request_token to, rows_reply what) {
  replies.emplace_back().to = to;
  replies.back().what.emplace<rows_reply>(std::move(what));
}

void actions::answer(request_token to, consumer_heartbeat_reply what) {
  replies.emplace_back().to = to;
  replies.back().what.emplace<consumer_heartbeat_reply>(std::move(what));
}

std::size_t size_of_protocols(const join_request& request) noexcept {
  std::size_t size = 0;
  for (const auto& each : request.protocols) {
    size += each.name.size() + each.metadata.size();
  }
  return size;
}

}  // namespace tidemill::groups
