#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// AlterClientQuotas (key 49, KIP-546): sets and removes what clients may take. Rows whose changes
/// are wrong are refused, the others are made.
void handle_alter_client_quotas(request_context request);

}  // namespace tidemill::api
