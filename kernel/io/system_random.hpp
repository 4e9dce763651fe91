#pragma once

#include <array>
#include <cstdint>

#include "io/random.hpp"

namespace tidemill::io {

/// xoshiro256** seeded by the operating system. Good for identifiers, jitter and choice, not for
/// secrets. One thread at a time.
class system_random final : public random {
 public:
  system_random() noexcept;
  [[nodiscard]] std::uint64_t next() noexcept override;

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace tidemill::io
