#pragma once

#include <string>
#include <vector>

namespace tidemill::cli {

/// Names of topics for a shell that completes words: none where the broker does not answer within
/// a second.
[[nodiscard]] std::vector<std::string> topic_names();

}  // namespace tidemill::cli
