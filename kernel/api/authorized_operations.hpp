#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "api/request_context.hpp"

namespace tidemill::api {

/// What the wire says when nobody asked for authorized operations.
inline constexpr std::int32_t operations_not_asked = std::numeric_limits<std::int32_t>::min();

/// The operations that the client may do on a resource, as the wire writes them: bit n is operation
/// n (KIP-430).
[[nodiscard]] std::int32_t authorized_operations(const request_context& request, resource_kind kind,
                                                 std::string_view name);

}  // namespace tidemill::api
