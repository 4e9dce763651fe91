#pragma once

#include <cstdint>
#include <span>

#include "api/fetch_operation.hpp"

namespace tidemill::api {

/// Answers a fetch with what its rows hold: the frame's bytes and the file ranges between them.
/// Rows stand in the order of the request and together keep within `size_bytes_max`, but for the
/// one batch that every answer may hold; what goes beyond is left out.
void send_fetch_answer(request_context& request, const protocol::fetch_request& asked,
                       std::span<fetch_row> rows, std::uint64_t size_bytes_max);

/// Answers that the fetch session is not known, or that the whole request is refused.
void refuse_fetch(request_context& request, protocol::wire_error error);

}  // namespace tidemill::api
