#include "api/request_context.hpp"

#include "base/assert.hpp"

namespace tidemill::api {

request_context::request_context(dispatch_state& state, network::request work,
                                 network::responder answer, const protocol::request_header& header,
                                 protocol::reader behind_header) noexcept
    : dispatch(&state),
      frame(work.frame),
      owner(std::move(work.owner)),
      connection(&work.connection),
      responder(std::move(answer)),
      version(header.api_version),
      correlation(header.correlation_id),
      client_id(header.client_id),
      body(behind_header) {}

mutable_bytes request_context::writable(bytes_view view) const noexcept {
  if (view.empty()) {
    return {};
  }
  const auto position = static_cast<std::size_t>(view.data() - frame.data());
  TIDEMILL_ASSERT(position <= frame.size());
  TIDEMILL_ASSERT(view.size() <= frame.size() - position);
  return frame.subspan(position, view.size());
}

void request_context::refuse(const error_code& why) {
  responder.close("a malformed request: " + why.message());
}

void request_context::fail_to_encode(const error_code& why) {
  responder.close("a response could not be written: " + why.message());
}

std::string describe(const protocol::request_header& header) {
  const auto* api = protocol::find_api(header.api_key);
  std::string text = "API " + std::to_string(header.api_key);
  if (api != nullptr) {
    text += " (" + std::string(api->name) + ")";
  }
  text += " version " + std::to_string(header.api_version.value());
  text += " from client \"" + std::string(header.client_id.value_or("")) + "\"";
  return text;
}

}  // namespace tidemill::api
