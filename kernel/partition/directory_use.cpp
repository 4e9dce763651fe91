#include "partition/directory_use.hpp"

#include <utility>

#include "base/assert.hpp"

namespace tidemill::partition {

directory_use::claim directory_use::begin(const std::string& name) {
  ++uses_->by_name[name].claims;
  return {nullptr, [uses = uses_, name](std::nullptr_t) { end(*uses, name); }};
}

void directory_use::when_free(const std::string& name, io::task then) {
  const auto found = uses_->by_name.find(name);
  if (found == uses_->by_name.end()) {
    return then();
  }
  found->second.waiting.push_back(std::move(then));
}

void directory_use::end(table& uses, const std::string& name) {
  const auto found = uses.by_name.find(name);
  TIDEMILL_ASSERT(found != uses.by_name.end() && found->second.claims > 0);
  if (--found->second.claims > 0) {
    return;
  }
  std::vector<io::task> waiting = std::move(found->second.waiting);
  uses.by_name.erase(found);
  for (io::task& each : waiting) {
    uses.loop.post(std::move(each));
  }
}

}  // namespace tidemill::partition
