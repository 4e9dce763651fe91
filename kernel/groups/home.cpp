#include "groups/home.hpp"

#include <cstddef>
#include <limits>

namespace tidemill::groups {
namespace {

/// The length of the UTF-8 sequence that starts with this byte; 1 for what starts none.
std::size_t sequence_length(unsigned char lead) noexcept {
  if (lead >= 0xf0) {
    return 4;
  }
  if (lead >= 0xe0) {
    return 3;
  }
  return lead >= 0xc0 ? 2 : 1;
}

}  // namespace

partition_index home_of(std::string_view group, std::int32_t partition_count) noexcept {
  std::uint32_t hash = 0;
  const auto add = [&](std::uint32_t unit) { hash = hash * 31 + unit; };
  for (std::size_t at = 0; at < group.size();) {
    const auto lead = static_cast<unsigned char>(group[at]);
    const std::size_t length = sequence_length(lead);
    std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t next = 1; next < length && at + next < group.size(); ++next) {
      point = (point << 6U) | (static_cast<unsigned char>(group[at + next]) & 0x3fU);
    }
    at += length;
    if (point >= 0x10000) {  // two units in Java's strings
      add(0xd800 + ((point - 0x10000) >> 10U));
      add(0xdc00 + ((point - 0x10000) & 0x3ffU));
    } else {
      add(point);
    }
  }
  const auto value = static_cast<std::int32_t>(hash);
  if (value == std::numeric_limits<std::int32_t>::min()) {
    return partition_index{0};
  }
  return partition_index{(value < 0 ? -value : value) % partition_count};
}

}  // namespace tidemill::groups
