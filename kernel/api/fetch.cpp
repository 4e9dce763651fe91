#include "api/fetch.hpp"

#include <memory>
#include <utility>

#include "api/fetch_answer.hpp"
#include "api/fetch_operation.hpp"

namespace tidemill::api {

namespace {

constexpr std::int32_t first_epoch_of_session = 0;
constexpr std::int32_t no_session_epoch = -1;
constexpr std::int8_t isolation_level_max = 1;
constexpr api_version top_level_error_since{7};

/// A request that opens a session or has none asks for everything it names; any other epoch goes on
/// with a session, and there are none.
bool goes_on_with_a_session(const protocol::fetch_request& asked) noexcept {
  return asked.session_epoch != first_epoch_of_session && asked.session_epoch != no_session_epoch;
}

}  // namespace

void handle_fetch(request_context request) {
  auto asked = protocol::decode<protocol::fetch_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  if (goes_on_with_a_session(*asked)) {
    return refuse_fetch(request, protocol::wire_error::fetch_session_id_not_found);
  }
  if (asked->isolation_level < 0 || asked->isolation_level > isolation_level_max) {
    if (request.version < top_level_error_since) {
      return request.responder.close("a fetch with an unknown isolation level");
    }
    return refuse_fetch(request, protocol::wire_error::invalid_request);
  }
  std::make_shared<fetch_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
