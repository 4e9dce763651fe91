#include "api/producer_id_supply.hpp"

#include <utility>

#include "base/assert.hpp"

namespace tidemill::api {

std::optional<producer_id> producer_id_supply::take() noexcept {
  if (next_ == end_) {
    return std::nullopt;
  }
  return producer_id{next_++};
}

void producer_id_supply::wait(completion done) {
  TIDEMILL_ASSERT(has_room());
  waiting_.push_back(std::move(done));
}

bool producer_id_supply::wants_block() noexcept {
  if (asked_ || waiting_.empty()) {
    return false;
  }
  asked_ = true;
  return true;
}

void producer_id_supply::receive(result<metadata::producer_id_block> block) {
  asked_ = false;
  if (block) {
    next_ = block->first.value();
    end_ = next_ + block->count;
  }
  auto waiting = std::exchange(waiting_, {});
  for (auto& done : waiting) {
    if (!block) {
      done(block.error());
    } else if (const auto id = take()) {
      done(*id);
    } else {
      waiting_.push_back(std::move(done));
    }
  }
}

}  // namespace tidemill::api
