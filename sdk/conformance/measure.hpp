#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "test.hpp"

namespace tidemill::conformance {

/// The quickest of `rounds`, in nanoseconds: what the code takes when nobody else is in the way.
[[nodiscard]] inline double nanoseconds_of(int rounds, const std::function<void()>& work) {
  double best = 1e18;
  for (int i = 0; i < rounds; ++i) {
    const auto began = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
    best = std::min(best, took.count());
  }
  return best;
}

/// A call tagged `@blocks no` must not sleep: not even the quickest of some may take so long.
inline void expect_not_blocking(const char* function, const std::function<void()>& call) {
  constexpr double longest_ns = 2e6;
  const double took = nanoseconds_of(20, call);
  expect(took < longest_ns, std::string(function) + "() on one record takes " +
                                std::to_string(static_cast<int>(took / 1e3)) +
                                " us at best, expected microseconds: it must not block");
}

/// Allocations of `work` once it has run before; throws where they are not counted.
[[nodiscard]] inline std::uint64_t allocations_of(const std::function<void()>& work) {
  if (tidemill_allocation_count == nullptr) {
    throw not_applicable("this program does not count allocations");
  }
  const std::uint64_t before = tidemill_allocation_count();
  work();
  return tidemill_allocation_count() - before;
}

/// A sanitizer keeps freed memory for a while, so growth says nothing there.
inline void expect_plain_memory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  throw not_applicable("this program is built with a sanitizer, whose memory grows by itself");
#endif
}

/// "3.21"
[[nodiscard]] inline std::string two_digits(double value) {
  const auto hundredths = static_cast<std::int64_t>(value * 100 + 0.5);
  const std::string rest = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (rest.size() == 1 ? "0" : "") + rest;
}

/// Runs `answer` in two further processes whose memory is laid out otherwise, and expects both to
/// say the same as it says here.
void expect_same_in_other_processes(const std::function<std::uint64_t()>& answer);

/// FNV-1a over values; equal answers have equal digests.
template <class T>
[[nodiscard]] std::uint64_t digest_of(const std::vector<T>& values) {
  std::uint64_t digest = 0xcbf29ce484222325U;
  for (const T value : values) {
    digest = (digest ^ static_cast<std::uint64_t>(value)) * 0x100000001b3U;
  }
  return digest;
}

}  // namespace tidemill::conformance
