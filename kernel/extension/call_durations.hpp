#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tidemill::extension {

/// How many calls have taken how long. Pure, a value.
struct call_durations {
  /// Upper bounds in nanoseconds; what took longer than the last has a place of its own.
  static constexpr std::array<std::uint64_t, 10> bounds{
      1'000,   5'000,     20'000,     50'000,      100'000,
      200'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  static constexpr std::size_t places = bounds.size() + 1;

  std::array<std::uint64_t, places> counts{};

  [[nodiscard]] static constexpr std::size_t place_of(std::uint64_t nanoseconds) noexcept {
    std::size_t place = 0;
    while (place < bounds.size() && nanoseconds > bounds[place]) {
      ++place;
    }
    return place;
  }
  constexpr void add(std::uint64_t nanoseconds, std::uint64_t calls) noexcept {
    counts[place_of(nanoseconds)] += calls;
  }
  constexpr void add(const call_durations& more) noexcept {
    for (std::size_t place = 0; place < places; ++place) {
      counts[place] += more.counts[place];
    }
  }
};

}  // namespace tidemill::extension
