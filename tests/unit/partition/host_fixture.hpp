#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {

/// A host, and a look at what it has on the disk.
class host_fixture : public shard_fixture {
 protected:
  [[nodiscard]] std::size_t files_with(std::string_view part) const {
    std::size_t count = 0;
    for (const std::string& path : disk_.paths()) {
      count += path.find(part) != std::string::npos ? 1U : 0U;
    }
    return count;
  }
};

}  // namespace tidemill::partition
