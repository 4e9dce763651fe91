#pragma once

#include "api/request_context.hpp"
#include "protocol/api_versions.hpp"

namespace tidemill::api {

/// ApiVersions (key 18): what is served. Also keeps the client's software name and version with the
/// connection (KIP-511). Features of which nothing is finalized here (transaction.version and its
/// like) are not named, so that clients don't switch on what depends on them.
void handle_api_versions(request_context request);

/// The answer to an ApiVersions request of a version that is not served: error 35 with the range of
/// ApiVersions, as version 0 writes it, whatever was asked (KIP-511). The body is not looked at.
void refuse_api_versions(request_context request);

/// True for [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?, which both the software's name and its
/// version must match.
[[nodiscard]] bool is_software_name(std::string_view text) noexcept;

}  // namespace tidemill::api
