#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeClientQuotas (key 48, KIP-546): the quotas that a filter lets through.
void handle_describe_client_quotas(request_context request);

}  // namespace tidemill::api
