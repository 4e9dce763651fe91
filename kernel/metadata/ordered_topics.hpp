#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "metadata/topic.hpp"

namespace tidemill::metadata {

/// Topics ordered by name, in chunks that copies share: a change costs one chunk and the list of
/// chunks. Same rules for threads as shared_table.
class ordered_topics {
 public:
  using topic_pointer = std::shared_ptr<const topic>;

  /// Walks the topics; dereferences to `const topic&`. Valid while the table is.
  class iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = topic;
    using difference_type = std::ptrdiff_t;
    using pointer = const topic*;
    using reference = const topic&;

    iterator() noexcept = default;
    reference operator*() const noexcept { return *shared(); }
    pointer operator->() const noexcept { return shared().get(); }
    /// To keep the topic longer than the image.
    [[nodiscard]] const topic_pointer& shared() const noexcept {
      return (*table_->chunks_[chunk_])[position_];
    }
    iterator& operator++() noexcept;
    iterator operator++(int) noexcept {
      auto before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator&, const iterator&) noexcept = default;

   private:
    friend class ordered_topics;
    iterator(const ordered_topics& table, std::size_t chunk, std::size_t position) noexcept
        : table_(&table), chunk_(chunk), position_(position) {}

    const ordered_topics* table_ = nullptr;
    std::size_t chunk_ = 0;
    std::size_t position_ = 0;
  };

  [[nodiscard]] iterator begin() const noexcept { return {*this, 0, 0}; }
  [[nodiscard]] iterator end() const noexcept { return {*this, chunks_.size(), 0}; }
  /// The first topic whose name is not less than `name`.
  [[nodiscard]] iterator from(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Adds the topic, or replaces the one of the same name.
  void put(topic_pointer value);
  /// Removes the topic of that name, if there is one.
  void remove(std::string_view name);

 private:
  using chunk = std::vector<topic_pointer>;
  static constexpr std::size_t chunk_size_max = 256;

  [[nodiscard]] std::size_t chunk_of(std::string_view name) const noexcept;
  chunk& own(std::size_t index);

  // Never an empty chunk. shared_ptr: lives as long as the last copy that uses it.
  std::vector<std::shared_ptr<chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace tidemill::metadata
