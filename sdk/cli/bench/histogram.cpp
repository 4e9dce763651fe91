#include "bench/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tidemill::cli {
namespace {

constexpr double nanoseconds_a_millisecond = 1e6;
constexpr std::array shown{std::pair{"p50", 0.5}, std::pair{"p90", 0.9}, std::pair{"p99", 0.99},
                           std::pair{"p99.9", 0.999}};

double milliseconds(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / nanoseconds_a_millisecond;
}

}  // namespace

std::uint64_t histogram::end_of(std::size_t bucket) noexcept {
  if (bucket < sub_count) {
    return bucket;
  }
  const auto shift = static_cast<unsigned>(bucket / sub_count) - 1;
  const std::uint64_t within = bucket % sub_count + sub_count;
  return ((within + 1) << shift) - 1;
}

std::uint64_t histogram::at(double part) const noexcept {
  const auto wanted =
      static_cast<std::uint64_t>(std::max(1.0, std::ceil(part * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && count_ > 0) {
      return std::min(end_of(bucket), largest_);
    }
  }
  return largest_;
}

boost::json::object percentiles_of(const histogram& times) {
  boost::json::object made;
  for (const auto& [name, part] : shown) {
    made[std::string(name) + "_ms"] = milliseconds(times.at(part));
  }
  made["max_ms"] = milliseconds(times.largest());
  return made;
}

std::string percentiles_text(const histogram& times) {
  std::string text;
  char one[64] = {};
  for (const auto& [name, part] : shown) {
    std::snprintf(one, sizeof one, "%s %.2f ms, ", name, milliseconds(times.at(part)));
    text += one;
  }
  std::snprintf(one, sizeof one, "max %.2f ms", milliseconds(times.largest()));
  return text + one;
}

}  // namespace tidemill::cli
