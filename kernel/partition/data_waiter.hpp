#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/unique_function.hpp"
#include "partition/requests.hpp"

namespace tidemill::partition {

/// Someone who waits for a partition to have more to read: a long-polling fetch has one for each
/// of its partitions. Owned by the waiter, linked into the partition's list: arming and disarming
/// costs a few pointers. Shard thread only. Neither copied nor moved.
class data_waiter {
 public:
  /// `wake` runs at most once for each arming, inside the call that changed the partition; it may
  /// arm again, destroy this object and call the partition.
  explicit data_waiter(unique_function<void()> wake) noexcept : wake_(std::move(wake)) {}
  data_waiter(const data_waiter&) = delete;
  data_waiter& operator=(const data_waiter&) = delete;
  ~data_waiter() { disarm(); }

  [[nodiscard]] bool armed() const noexcept { return home_ != nullptr; }
  /// Harmless when not armed.
  void disarm() noexcept;

 private:
  friend class waiter_list;

  class waiter_list* home_ = nullptr;
  data_waiter* next_ = nullptr;
  data_waiter* previous_ = nullptr;
  offset beyond_{0};
  /// Count of appended bytes that must be reached.
  std::uint64_t bytes_mark_ = 0;
  isolation level_ = isolation::read_uncommitted;
  unique_function<void()> wake_;
};

/// The waiters of one partition. Shard thread only.
class waiter_list {
 public:
  waiter_list() noexcept = default;
  waiter_list(const waiter_list&) = delete;
  waiter_list& operator=(const waiter_list&) = delete;
  ~waiter_list();

  /// Wakes when what the level shows reaches past `beyond` and `bytes_mark` bytes were appended.
  void add(data_waiter& waiter, offset beyond, std::uint64_t bytes_mark, isolation level) noexcept;

  struct progress {
    offset high_watermark{0};
    offset last_stable_offset{0};
    std::uint64_t bytes_appended = 0;
  };
  void wake_reached(const progress& now);
  /// The partition is no longer what it was: everybody looks again.
  void wake_all();

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

 private:
  friend class data_waiter;
  void unlink(data_waiter& waiter) noexcept;
  void link(data_waiter& waiter) noexcept;
  template <class Predicate>
  void wake_if(Predicate reached);

  data_waiter* first_ = nullptr;
};

}  // namespace tidemill::partition
