#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tidemill::groups {

/// What many groups hold of one kind, together, and how much it may be (S19). One thread.
struct memory_total {
  std::size_t bytes_max = SIZE_MAX;
  std::size_t bytes = 0;

  [[nodiscard]] bool has_room_for(std::size_t more) const noexcept {
    return bytes <= bytes_max && more <= bytes_max - bytes;
  }
};

/// What the groups of one shard hold.
struct memory_totals {
  /// What members have brought.
  memory_total members;
  /// Committed offsets, and the groups that have some.
  memory_total offsets;
};

/// The part of one group; given back when it goes.
class memory_share {
 public:
  explicit memory_share(std::shared_ptr<memory_total> of) noexcept : of_(std::move(of)) {}
  ~memory_share() { set(0); }
  memory_share(const memory_share&) = delete;
  memory_share& operator=(const memory_share&) = delete;

  void set(std::size_t bytes) noexcept { of_->bytes += bytes - std::exchange(bytes_, bytes); }

 private:
  std::shared_ptr<memory_total> of_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemill::groups
