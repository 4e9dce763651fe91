#include "groups/core/offset_table.hpp"

#include <utility>

#include "base/assert.hpp"

namespace tidemill::groups {

const stored_offset* offset_table::find(std::string_view topic,
                                        std::int32_t partition) const noexcept {
  const auto of = topics_.find(topic);
  if (of == topics_.end()) {
    return nullptr;
  }
  const auto found = of->second.find(partition);
  return found == of->second.end() ? nullptr : &found->second;
}

void offset_table::put(std::string_view topic, std::int32_t partition, stored_offset value) {
  auto of = topics_.find(topic);
  if (of == topics_.end()) {
    of = topics_.emplace(std::string(topic), partitions{}).first;
    size_bytes_ += topic_bytes + topic.size();
  }
  const auto [at, is_new] = of->second.try_emplace(partition);
  if (is_new) {
    ++size_;
    size_bytes_ += offset_bytes;
  }
  size_bytes_ += value.metadata.size() - at->second.metadata.size();
  at->second = std::move(value);
}

void offset_table::erase(std::string_view topic, std::int32_t partition) {
  const auto of = topics_.find(topic);
  if (of == topics_.end()) {
    return;
  }
  if (const auto at = of->second.find(partition); at != of->second.end()) {
    --size_;
    size_bytes_ -= offset_bytes + at->second.metadata.size();
    of->second.erase(at);
  }
  if (of->second.empty()) {
    size_bytes_ -= topic_bytes + topic.size();
    topics_.erase(of);
  }
}

void offset_table::begin_commit(std::string_view topic, std::int32_t partition) {
  auto of = pending_.find(topic);
  if (of == pending_.end()) {
    of = pending_.emplace(std::string(topic), std::map<std::int32_t, std::uint32_t>{}).first;
  }
  ++of->second[partition];
}

void offset_table::end_commit(std::string_view topic, std::int32_t partition) {
  const auto of = pending_.find(topic);
  TIDEMILL_ASSERT(of != pending_.end());
  const auto found = of->second.find(partition);
  TIDEMILL_ASSERT(found != of->second.end());
  if (--found->second == 0) {
    of->second.erase(found);
    if (of->second.empty()) {
      pending_.erase(of);
    }
  }
}

bool offset_table::is_pending(std::string_view topic, std::int32_t partition) const noexcept {
  const auto of = pending_.find(topic);
  return of != pending_.end() && of->second.contains(partition);
}

}  // namespace tidemill::groups
