#pragma once

#include <cstdint>
#include <cstdlib>

namespace tidemill::test {

/// How many seeds a simulation tries; TIDEMILL_SIMULATION_SEEDS says otherwise: more of them for a
/// night, fewer under a sanitizer.
[[nodiscard]] inline std::uint64_t simulation_seeds() {
  constexpr std::uint64_t by_default = 2000;
  const char* text = std::getenv("TIDEMILL_SIMULATION_SEEDS");
  return text == nullptr ? by_default : std::strtoull(text, nullptr, 10);
}

}  // namespace tidemill::test
