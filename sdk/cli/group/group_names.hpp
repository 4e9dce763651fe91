#pragma once

#include <string>
#include <vector>

namespace tidemill::cli {

/// Names of groups for a shell that completes words, as topic_names() gives those of topics.
[[nodiscard]] std::vector<std::string> group_names();

}  // namespace tidemill::cli
