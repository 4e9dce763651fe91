#include <utility>

#include "base/assert.hpp"
#include "metadata/controller.hpp"
#include "metadata/refuse.hpp"

// What the controller does with client quotas.

namespace tidemill::metadata {

void controller::change_client_quotas(std::vector<quota_change> changes, bool validate_only,
                                      unique_function<void(std::vector<outcome<void>>)> done) {
  std::vector<outcome<void>> outcomes(changes.size(), outcome<void>(boost::system::in_place_value));
  if (!is_leading()) {
    return done(std::vector<outcome<void>>(changes.size(), refuse(errc::not_leader)));
  }
  std::vector<metadata_record> records;
  image_builder expected(expected_);
  std::map<quota_entity, std::size_t> seen;
  for (const quota_change& each : changes) {
    ++seen[each.entity];
  }
  std::size_t entities = expected_->client_quotas().size();
  for (std::size_t index = 0; index < changes.size(); ++index) {
    const quota_change& each = changes[index];
    if (auto fault = fault_of(each)) {
      outcomes[index] = refuse(errc::request_invalid, std::move(*fault));
      continue;
    }
    if (seen[each.entity] > 1) {
      outcomes[index] =
          refuse(errc::request_invalid, "the request names the entity more than once");
      continue;
    }
    const bool is_new = expected_->client_quotas().find(each.entity) == nullptr;
    if (is_new && entities >= client_quotas_max) {
      outcomes[index] =
          refuse(errc::limit_reached, "a cluster has quotas for at most " +
                                          std::to_string(client_quotas_max) + " entities.");
      continue;
    }
    entities += is_new ? 1 : 0;
    for (const auto& [key, value] : each.values) {
      if (!value && is_new) {
        continue;  // nothing to remove
      }
      records.emplace_back(client_quota_record{each.entity, key, value});
      const auto applied = expected.apply(records.back(), expected_->index());
      TIDEMILL_ASSERT(applied.has_value());
    }
  }
  if (validate_only || records.empty()) {
    return done(std::move(outcomes));
  }
  propose(std::move(records), std::move(expected),
          [outcomes = std::move(outcomes),
           done = std::move(done)](result<committed_position> position) mutable {
            for (outcome<void>& each : outcomes) {
              if (each && !position) {
                each = refuse(position.error());
              }
            }
            done(std::move(outcomes));
          });
}

}  // namespace tidemill::metadata
