#include "metadata/ordered_topics.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tidemill::metadata {
namespace {

std::string_view name_of(const std::shared_ptr<const topic>& value) noexcept {
  return value->name;
}

}  // namespace

ordered_topics::iterator& ordered_topics::iterator::operator++() noexcept {
  if (++position_ == table_->chunks_[chunk_]->size()) {
    ++chunk_;
    position_ = 0;
  }
  return *this;
}

/// The chunk that holds the name or where it belongs: the last one that does not begin behind it.
std::size_t ordered_topics::chunk_of(std::string_view name) const noexcept {
  const auto behind = std::ranges::upper_bound(
      chunks_, name, {},
      [](const std::shared_ptr<chunk>& candidate) { return name_of(candidate->front()); });
  return behind == chunks_.begin() ? 0 : static_cast<std::size_t>(behind - chunks_.begin()) - 1;
}

ordered_topics::iterator ordered_topics::from(std::string_view name) const noexcept {
  if (chunks_.empty()) {
    return end();
  }
  const auto index = chunk_of(name);
  const auto& values = *chunks_[index];
  const auto found = std::ranges::lower_bound(values, name, {}, name_of);
  if (found == values.end()) {
    return {*this, index + 1, 0};
  }
  return {*this, index, static_cast<std::size_t>(found - values.begin())};
}

/// The chunk, made ours alone; see shared_table for why a count of one is enough.
ordered_topics::chunk& ordered_topics::own(std::size_t index) {
  auto& values = chunks_[index];
  if (values.use_count() != 1) {
    values = std::make_shared<chunk>(*values);
  }
  return *values;
}

void ordered_topics::put(topic_pointer value) {
  if (chunks_.empty()) {
    chunks_.push_back(std::make_shared<chunk>());
    chunks_.front()->push_back(std::move(value));
    size_ = 1;
    return;
  }
  const auto index = chunk_of(value->name);
  auto& values = own(index);
  const auto place = std::ranges::lower_bound(values, std::string_view(value->name), {}, name_of);
  if (place != values.end() && (*place)->name == value->name) {
    *place = std::move(value);
    return;
  }
  values.insert(place, std::move(value));
  ++size_;
  if (values.size() <= chunk_size_max) {
    return;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  auto upper = std::make_shared<chunk>(middle, values.end());
  values.erase(middle, values.end());
  chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
}

void ordered_topics::remove(std::string_view name) {
  if (chunks_.empty()) {
    return;
  }
  const auto index = chunk_of(name);
  auto& values = own(index);
  const auto removed = std::erase_if(
      values, [&](const topic_pointer& candidate) { return candidate->name == name; });
  TIDEMILL_ASSERT(removed <= 1);
  size_ -= removed;
  if (values.empty()) {
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
  }
}

}  // namespace tidemill::metadata
