#pragma once

#include <array>
#include <bit>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tidemill::cli {

/// Counts values (of times: nanoseconds) in buckets whose width is a 64th of their value at most.
/// No allocation while it counts. One thread.
class histogram {
 public:
  void add(std::uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    ++count_;
    largest_ = value > largest_ ? value : largest_;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t largest() const noexcept { return largest_; }
  /// The upper end of the bucket in which the value lies that `part` (0 to 1) of all do not exceed;
  /// 0 when there are none.
  [[nodiscard]] std::uint64_t at(double part) const noexcept;

 private:
  static constexpr unsigned sub_bits = 6;
  static constexpr std::size_t sub_count = std::size_t{1} << sub_bits;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < sub_count) {
      return static_cast<std::size_t>(value);
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - sub_bits - 1;
    return (std::size_t{shift} + 1) * sub_count +
           static_cast<std::size_t>((value >> shift) - sub_count);
  }
  [[nodiscard]] static std::uint64_t end_of(std::size_t bucket) noexcept;

  std::array<std::uint64_t, (64 - sub_bits + 1) * sub_count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

/// p50, p90, p99, p99.9 and the largest of nanoseconds, in milliseconds.
[[nodiscard]] boost::json::object percentiles_of(const histogram& times);
[[nodiscard]] std::string percentiles_text(const histogram& times);

}  // namespace tidemill::cli
