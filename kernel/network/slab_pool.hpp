#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.hpp"

namespace tidemill::network {

/// Where a read puts its bytes.
struct read_room {
  mutable_bytes bytes;
  /// Keeps the bytes alive beyond the read. Null: they must be copied out before the next read.
  std::shared_ptr<void> owner;
};

/// The buffers into which all connections of a shard are read. Bytes that are kept (frames handed
/// to the sink) stay where they are, and the next read goes behind them; a slab returns when the
/// last frame in it is gone. An idle connection so owns no buffer. Loop thread only; the owners may
/// be dropped on any thread, also after the pool is gone.
class slab_pool {
 public:
  static constexpr std::size_t slab_size_bytes = 256U << 10U;
  static constexpr std::size_t room_size_bytes_min = 32U << 10U;

  explicit slab_pool(std::size_t slab_count_max);
  ~slab_pool();
  slab_pool(const slab_pool&) = delete;
  slab_pool& operator=(const slab_pool&) = delete;

  /// At least room_size_bytes_min. Without an owner when too many slabs are in use.
  [[nodiscard]] read_room room();
  /// The first bytes of the last room stay in use by copies of its owner.
  void keep(std::size_t bytes) noexcept;

 private:
  class store;

  std::shared_ptr<store> store_;  // shared with the slabs in use
  std::shared_ptr<std::byte> current_;
  std::size_t used_ = 0;
  std::unique_ptr<std::byte[]> scratch_;
};

}  // namespace tidemill::network
