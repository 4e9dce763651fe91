#include "api/list_partition_reassignments.hpp"

#include "protocol/list_partition_reassignments.hpp"

namespace tidemill::api {

void handle_list_partition_reassignments(request_context request) {
  const auto asked = protocol::decode<protocol::list_partition_reassignments_request>(
      request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::list_partition_reassignments_response response;
  if (!request.may_on_cluster(operation::describe)) {
    response.error_code = protocol::wire_error::cluster_authorization_failed;
    response.error_message = "not allowed to describe the cluster";
  }
  request.answer(response);
}

}  // namespace tidemill::api
