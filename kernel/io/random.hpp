#pragma once

#include <cstdint>

namespace tidemill::io {

/// Where randomness comes from. One thread at a time.
class random {
 public:
  virtual ~random() = default;
  /// 64 uniform bits. The real one is seeded by the operating system.
  [[nodiscard]] virtual std::uint64_t next() noexcept = 0;
};

}  // namespace tidemill::io
