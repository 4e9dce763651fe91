#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/assert.hpp"

namespace tidemill::metadata {

/// A hash table whose copies share what they have in common: copying one costs 64 pointers,
/// changing a copy costs the path to the changed bucket (64 pointers and a bucket of count/4096
/// values), once per bucket and copy. Two levels of 64, then a bucket. Reading a copy from several
/// threads is fine while nobody changes that copy; changing one never disturbs another.
///
/// `Key::of(value)` names the key of a value, `Key::type` is what find() takes. Lookups allocate
/// nothing.
template <class Value, class Key>
class shared_table {
 public:
  using value_pointer = std::shared_ptr<const Value>;

  /// nullptr when there is none.
  [[nodiscard]] const value_pointer* find(const typename Key::type& key) const noexcept {
    const auto hash = spread(std::hash<typename Key::type>{}(key));
    const auto& inner = root_[outer_slot(hash)];
    if (inner == nullptr) {
      return nullptr;
    }
    const auto& values = inner->buckets[inner_slot(hash)];
    if (values == nullptr) {
      return nullptr;
    }
    for (const auto& value : *values) {
      if (Key::of(*value) == key) {
        return &value;
      }
    }
    return nullptr;
  }

  /// Adds the value, or replaces the one with the same key.
  void put(value_pointer value) {
    auto& values = own_bucket(Key::of(*value));
    for (auto& existing : values) {
      if (Key::of(*existing) == Key::of(*value)) {
        existing = std::move(value);
        return;
      }
    }
    values.push_back(std::move(value));
  }

  /// Removes the value with that key, if there is one.
  void remove(const typename Key::type& key) {
    auto& values = own_bucket(key);
    std::erase_if(values, [&](const value_pointer& value) { return Key::of(*value) == key; });
  }

  /// Calls `take` with each value, in no particular order.
  template <class Take>
  void visit(Take take) const {
    for (const auto& inner : root_) {
      if (inner == nullptr) {
        continue;
      }
      for (const auto& values : inner->buckets) {
        if (values != nullptr) {
          std::for_each(values->begin(), values->end(), take);
        }
      }
    }
  }

 private:
  static constexpr std::size_t fan_out = 64;
  using bucket = std::vector<value_pointer>;
  struct node {
    std::array<std::shared_ptr<bucket>, fan_out> buckets;
  };

  // std::hash of text is good; of others it may be the identity.
  static std::uint64_t spread(std::size_t hash) noexcept {
    return static_cast<std::uint64_t>(hash) * 0x9E3779B97F4A7C15ULL;
  }
  static std::size_t outer_slot(std::uint64_t hash) noexcept { return hash >> 58U; }
  static std::size_t inner_slot(std::uint64_t hash) noexcept { return (hash >> 52U) % fan_out; }

  /// The bucket of the key, made ours alone. A part that only this table refers to can't be seen by
  /// another copy: whoever makes a changed copy keeps the original until it is done.
  bucket& own_bucket(const typename Key::type& key) {
    const auto hash = spread(std::hash<typename Key::type>{}(key));
    auto& values = own(own(root_[outer_slot(hash)]).buckets[inner_slot(hash)]);
    return values;
  }
  template <class Part>
  static Part& own(std::shared_ptr<Part>& part) {
    if (part == nullptr) {
      part = std::make_shared<Part>();
    } else if (part.use_count() != 1) {
      part = std::make_shared<Part>(*part);
    }
    return *part;
  }

  // shared_ptr: an inner part lives as long as the last copy that uses it.
  std::array<std::shared_ptr<node>, fan_out> root_;
};

}  // namespace tidemill::metadata
