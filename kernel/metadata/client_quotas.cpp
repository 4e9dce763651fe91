#include "metadata/client_quotas.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::metadata {
namespace {

/// Each part with its size in front, so that no two entities look alike.
std::string id_of(const quota_entity& entity) {
  std::string id;
  for (const auto& [type, name] : entity) {
    id += type;
    id += name ? "/" + std::to_string(name->size()) + ":" : "/-";
    id += name ? std::string_view(*name) : std::string_view();
  }
  return id;
}

}  // namespace

const client_quotas::entry* client_quotas::find(const quota_entity& entity) const {
  const auto* found = entries_.find(id_of(entity));
  return found == nullptr ? nullptr : found->get();
}

void client_quotas::set(const quota_entity& entity, std::string_view key, double value) {
  std::string id = id_of(entity);
  const auto* found = entries_.find(id);
  auto next = found == nullptr
                  ? std::make_shared<entry>(entry{std::move(id), entity, {}, ++generations_})
                  : std::make_shared<entry>(**found);
  size_ += found == nullptr ? 1 : 0;
  next->values.insert_or_assign(std::string(key), value);
  entries_.put(std::move(next));
  count_change(entity);
}

void client_quotas::remove(const quota_entity& entity, std::string_view key) {
  const std::string id = id_of(entity);
  const auto* found = entries_.find(id);
  if (found == nullptr || !(*found)->values.contains(key)) {
    return;
  }
  count_change(entity);
  if ((*found)->values.size() == 1) {
    --size_;
    return entries_.remove(id);
  }
  auto next = std::make_shared<entry>(**found);
  next->values.erase(next->values.find(key));
  next->generation = ++generations_;
  entries_.put(std::move(next));
}

void client_quotas::count_change(const quota_entity& entity) noexcept {
  address_changes_ += entity.contains(quota_address) ? 1 : 0;
}

std::vector<std::shared_ptr<const client_quotas::entry>> client_quotas::in_order() const {
  std::vector<std::shared_ptr<const entry>> all;
  all.reserve(size_);
  entries_.visit([&all](const std::shared_ptr<const entry>& one) { all.push_back(one); });
  std::ranges::sort(all, {}, [](const auto& one) -> const quota_entity& { return one->entity; });
  return all;
}

bool client_quotas::same_content(const client_quotas& other) const {
  return std::ranges::equal(in_order(), other.in_order(), [](const auto& one, const auto& two) {
    return one->entity == two->entity && one->values == two->values;
  });
}

}  // namespace tidemill::metadata
