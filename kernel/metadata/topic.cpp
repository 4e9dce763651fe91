#include "metadata/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tidemill::metadata {

const std::string* find_setting(const setting_list& settings, std::string_view name) noexcept {
  const auto found = std::ranges::lower_bound(settings, name, {}, [](const setting& candidate) {
    return std::string_view(candidate.name);
  });
  return found != settings.end() && found->name == name ? &found->value : nullptr;
}

const partition* topic::find_partition(partition_index index) const noexcept {
  const auto position = static_cast<std::size_t>(index.value());
  return index.value() >= 0 && position < partitions.size() ? &partitions[position] : nullptr;
}

namespace {

char folded(char character) noexcept {
  return character == '.' ? '_' : character;
}

}  // namespace

bool operator==(const collision_view& left, const collision_view& right) noexcept {
  return std::ranges::equal(left.name, right.name, {}, folded, folded);
}

}  // namespace tidemill::metadata

std::size_t std::hash<tidemill::metadata::collision_view>::operator()(
    const tidemill::metadata::collision_view& view) const noexcept {
  // FNV-1a, because std::hash would need a copy of the name.
  std::uint64_t sum = 0xcbf29ce484222325ULL;
  for (const char character : view.name) {
    sum ^= static_cast<unsigned char>(tidemill::metadata::folded(character));
    sum *= 0x100000001b3ULL;
  }
  return sum;
}
