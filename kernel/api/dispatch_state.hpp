#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "api/one_at_a_time.hpp"
#include "api/producer_id_supply.hpp"
#include "api/services.hpp"
#include "api/waiting_fetches.hpp"
#include "metadata/image.hpp"

namespace tidemill::api {

/// What the handlers of one shard share. Touched on the shard's loop only.
struct dispatch_state {
  explicit dispatch_state(const dispatch_dependencies& given);

  dispatch_dependencies dependencies;
  /// Never null. Shared with the controller and the other shards, which may go on to a newer one.
  std::shared_ptr<const metadata::image> image;
  producer_id_supply producer_ids;
  /// Topics that this shard has asked the controller to make and that have not been answered yet;
  /// bounded by topic_creations_max.
  std::unordered_set<std::string> topics_in_creation;
  waiting_fetch_list waiting_fetches;
  /// Requests that look at every group there may be.
  one_at_a_time group_listings;
  /// The same of quotas.
  one_at_a_time quota_walks;

  /// False once the broker stops: fetches are answered with what there is.
  bool may_wait = true;

  [[nodiscard]] const shard_services& here() const noexcept {
    return dependencies.shards[dependencies.here.value()];
  }
  [[nodiscard]] const broker_options& broker() const noexcept { return *dependencies.broker; }
};

inline constexpr std::size_t topic_creations_max = 1000;

}  // namespace tidemill::api
