#include "extension/hang_watch.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::extension {
namespace {

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

hang_watch::findings hang_watch::look(io::monotonic_time now,
                                      const std::vector<io::call_in_progress>& calls) {
  findings found;
  const auto is_same = [&](std::uint64_t thread, std::uint64_t turn) {
    return std::ranges::any_of(calls, [&](const io::call_in_progress& one) {
      return one.thread == thread && one.turn == turn;
    });
  };
  for (auto each = seen_.begin(); each != seen_.end();) {
    if (is_same(each->first, each->second.turn)) {
      ++each;
      continue;
    }
    if (each->second.is_told) {
      each->second.call.lasts = now - each->second.since;
      found.ended.push_back(std::move(each->second.call));
    }
    each = seen_.erase(each);
  }
  for (const io::call_in_progress& one : calls) {
    const auto [at, is_new] = seen_.try_emplace(one.thread);
    seen& call = at->second;
    if (is_new) {
      call.turn = one.turn;
      call.since = now;
    }
    if (now - call.since < hang_after_) {
      continue;
    }
    call.call = {text_of(one.call.plugin),   text_of(one.call.version), text_of(one.call.instance),
                 text_of(one.call.function), now - call.since,          one.owner};
    found.hanging.push_back(call.call);
    if (!std::exchange(call.is_told, true)) {
      found.begun.push_back(call.call);
    }
  }
  return found;
}

}  // namespace tidemill::extension
