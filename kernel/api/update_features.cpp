#include "api/update_features.hpp"

#include <string>

#include "protocol/update_features.hpp"

namespace tidemill::api {

void handle_update_features(request_context request) {
  const auto asked =
      protocol::decode<protocol::update_features_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::update_features_response response;
  if (!request.may_on_cluster(operation::alter)) {
    response.error_code = protocol::wire_error::cluster_authorization_failed;
    response.error_message = "not allowed to change features";
    return request.answer(response);
  }
  std::string message;
  if (!asked->feature_updates.empty()) {
    message = "this version has no feature with a level, found " +
              std::string(asked->feature_updates.front().feature);
    response.error_code = protocol::wire_error::invalid_update_version;
    response.error_message = message;
  }
  request.answer(response);
}

}  // namespace tidemill::api
