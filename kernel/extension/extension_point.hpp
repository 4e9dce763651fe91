#pragma once

#include <memory>
#include <string>
#include <vector>

#include "extension/seat.hpp"

namespace tidemill::extension {

/// What the settings of topics name: a seat on each shard, taken by an instance or by nobody. Made
/// when a name is first used, and there until the process ends, so that policies may point to it.
class extension_point {
 public:
  extension_point(const std::string& name, const host_environment& environment) : name_(name) {
    for (std::uint32_t index = 0; index < environment.shard_count; ++index) {
      seats_.push_back(std::make_unique<seat>(name, shard_index{index}, environment));
    }
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Touched on that shard's thread.
  [[nodiscard]] seat& at(shard_index shard) const noexcept { return *seats_[shard.value()]; }

 private:
  std::string name_;
  std::vector<std::unique_ptr<seat>> seats_;
};

}  // namespace tidemill::extension
