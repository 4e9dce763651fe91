#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeCluster (key 60): the brokers with the addresses of the listener that was asked. This
/// listener serves brokers; whoever asks for controllers is told so.
void handle_describe_cluster(request_context request);

}  // namespace tidemill::api
