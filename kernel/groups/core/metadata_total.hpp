#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tidemill::groups {

/// What the members of many groups have brought, together, and how much it may be (S19). One
/// thread.
struct metadata_total {
  std::size_t bytes_max = SIZE_MAX;
  std::size_t bytes = 0;

  [[nodiscard]] bool has_room_for(std::size_t more) const noexcept {
    return bytes <= bytes_max && more <= bytes_max - bytes;
  }
};

/// The part of one group; given back when it goes.
class metadata_share {
 public:
  explicit metadata_share(std::shared_ptr<metadata_total> of) noexcept : of_(std::move(of)) {}
  ~metadata_share() { set(0); }
  metadata_share(const metadata_share&) = delete;
  metadata_share& operator=(const metadata_share&) = delete;

  void set(std::size_t bytes) noexcept { of_->bytes += bytes - std::exchange(bytes_, bytes); }

 private:
  std::shared_ptr<metadata_total> of_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemill::groups
