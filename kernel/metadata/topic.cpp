#include "metadata/topic.hpp"

#include <algorithm>
#include <cstddef>

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

}  // namespace tidemill::metadata
