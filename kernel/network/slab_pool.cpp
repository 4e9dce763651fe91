#include "network/slab_pool.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace tidemill::network {

// Slabs come back from any thread, once in 256 KiB of requests: a lock costs nothing here.
class slab_pool::store {
 public:
  explicit store(std::size_t count_max) : count_max_(count_max) { free_.reserve(count_max); }

  std::unique_ptr<std::byte[]> take() {
    const std::scoped_lock guard(mutex_);
    if (!free_.empty()) {
      auto slab = std::move(free_.back());
      free_.pop_back();
      return slab;
    }
    if (count_ == count_max_) {
      return nullptr;
    }
    ++count_;
    return std::make_unique_for_overwrite<std::byte[]>(slab_size_bytes);
  }

  void give_back(std::byte* slab) noexcept {
    std::unique_ptr<std::byte[]> returned(slab);
    const std::scoped_lock guard(mutex_);
    if (free_.size() < kept_max) {
      free_.push_back(std::move(returned));
    } else {
      --count_;
    }
  }

 private:
  static constexpr std::size_t kept_max = 8;

  std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
  std::size_t count_ = 0;
  std::size_t count_max_;
};

slab_pool::slab_pool(std::size_t slab_count_max)
    : store_(std::make_shared<store>(slab_count_max)) {}
slab_pool::~slab_pool() = default;

read_room slab_pool::room() {
  if (current_ == nullptr || slab_size_bytes - used_ < room_size_bytes_min) {
    current_.reset();  // comes back at once when nobody uses it
    used_ = 0;
    if (auto slab = store_->take()) {
      current_ = std::shared_ptr<std::byte>(
          slab.release(), [home = store_](std::byte* returned) { home->give_back(returned); });
    }
  }
  if (current_ != nullptr) {
    return {mutable_bytes(current_.get() + used_, slab_size_bytes - used_), current_};
  }
  if (scratch_ == nullptr) {
    scratch_ = std::make_unique_for_overwrite<std::byte[]>(slab_size_bytes);
  }
  return {mutable_bytes(scratch_.get(), slab_size_bytes), nullptr};
}

void slab_pool::keep(std::size_t bytes) noexcept {
  if (current_ != nullptr) {
    TIDEMILL_ASSERT(used_ + bytes <= slab_size_bytes);
    used_ += bytes;
  }
}

}  // namespace tidemill::network
