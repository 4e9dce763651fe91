#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "groups/core/coordinator.hpp"

namespace tidemill::groups::test {

/// Whether the figures that are kept as groups change are those of a walk over all groups, which is
/// made in small steps.
inline bool has_true_figures(const coordinator& core) {
  std::vector<listed_group> rows;
  constexpr std::size_t step = 2;
  while (core.list(rows.empty() ? nullptr : &rows.back().id, step, rows) == step) {
  }
  coordinator::figures walked;
  walked.groups = rows.size();
  for (const listed_group& row : rows) {
    ++walked.groups_in_state[row.state];
    walked.members += row.type == "consumer" ? core.describe_consumer(row.id).members.size()
                                             : core.describe(row.id).members.size();
    fetch_request event;
    event.group = row.id;
    for (const auto& topic : core.fetch(event).topics) {
      walked.offsets += topic.rows.size();
    }
  }
  const auto& kept = core.count();
  return kept.groups == walked.groups && kept.members == walked.members &&
         kept.offsets == walked.offsets && kept.groups_in_state == walked.groups_in_state;
}

}  // namespace tidemill::groups::test
