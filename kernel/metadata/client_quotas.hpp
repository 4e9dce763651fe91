#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/client_quota.hpp"
#include "metadata/shared_table.hpp"

namespace tidemill::metadata {

/// The quotas of all entities. Copies share what they have in common.
class client_quotas {
 public:
  struct entry {
    std::string id;  // of the entity, for lookups
    quota_entity entity;
    /// Never empty.
    quota_values values;
    /// Another number once a value of the entity has been removed: what was owed under it is
    /// forgiven. Not part of the content.
    std::uint64_t generation = 0;
  };

  /// nullptr: the entity has none.
  [[nodiscard]] const entry* find(const quota_entity& entity) const;
  void set(const quota_entity& entity, std::string_view key, double value);
  /// Does nothing where there is none.
  void remove(const quota_entity& entity, std::string_view key);

  /// Entities.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Calls `take` with the shared_ptr<const entry> of each, in no particular order.
  template <class Take>
  void visit(Take take) const {
    entries_.visit(take);
  }
  /// Ordered by entity. A walk over all of them.
  [[nodiscard]] std::vector<std::shared_ptr<const entry>> in_order() const;
  /// Another number once a value of an address has changed; 0: there never was one.
  [[nodiscard]] std::uint64_t address_changes() const noexcept { return address_changes_; }

  /// Compares what is in them.
  [[nodiscard]] bool same_content(const client_quotas& other) const;

 private:
  struct entry_key {
    using type = std::string;
    static const std::string& of(const entry& value) noexcept { return value.id; }
  };

  void count_change(const quota_entity& entity) noexcept;

  shared_table<entry, entry_key> entries_;
  std::size_t size_ = 0;
  std::uint64_t generations_ = 0;
  std::uint64_t address_changes_ = 0;
};

}  // namespace tidemill::metadata
