#pragma once

#include <string>
#include <vector>

#include "kafka/offsets.hpp"
#include "kafka/wire/consumer_groups.hpp"

namespace tidemill::cli {

struct group_listing {
  std::string id;
  std::string state;
};
/// By name.
[[nodiscard]] outcome<std::vector<group_listing>> list_groups(const client& brokers);

/// Of either protocol. A problem where there is no such group.
[[nodiscard]] outcome<group_view> describe_group(const client& brokers, const std::string& group);

/// What the group has committed.
[[nodiscard]] outcome<offset_map> committed_offsets(const client& brokers,
                                                    const std::string& group);
/// Commits for a group that has no members: the broker refuses others.
[[nodiscard]] outcome<void> commit_offsets(const client& brokers, const std::string& group,
                                           const offset_map& offsets);

}  // namespace tidemill::cli
