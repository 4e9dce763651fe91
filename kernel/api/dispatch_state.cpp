#include "api/dispatch_state.hpp"

#include "base/assert.hpp"

namespace tidemill::api {

dispatch_state::dispatch_state(const dispatch_dependencies& given)
    : dependencies(given),
      image(std::make_shared<const metadata::image>()),
      waiting_fetches(given.broker->waiting_fetch_bytes_max) {
  TIDEMILL_ASSERT(given.here.value() < given.shards.size());
  TIDEMILL_ASSERT(given.controller != nullptr);
  TIDEMILL_ASSERT(given.broker != nullptr);
}

}  // namespace tidemill::api
