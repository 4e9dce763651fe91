#include "api/api_versions.hpp"

#include <algorithm>

#include "api/served_apis.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr api_version named_software_since{3};

protocol::api_versions_response_api_version row_of(const served_api& api) {
  return {static_cast<std::int16_t>(api.key), api.advertised_min, api.version_max};
}

constexpr bool is_alphanumeric(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

protocol::api_versions_response all_served(const metadata::image& image) {
  protocol::api_versions_response response;
  for (const auto& api : served_apis()) {
    response.api_keys.push_back(row_of(api));
  }
  response.finalized_features_epoch = image.index().value();
  return response;
}

}  // namespace

bool is_software_name(std::string_view text) noexcept {
  const auto inside = [](char character) {
    return is_alphanumeric(character) || character == '-' || character == '.';
  };
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), inside);
}

void handle_api_versions(request_context request) {
  const auto asked =
      protocol::decode<protocol::api_versions_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  if (request.version >= named_software_since) {
    if (!is_software_name(asked->client_software_name) ||
        !is_software_name(asked->client_software_version)) {
      protocol::api_versions_response response;
      response.error_code = wire_error::invalid_request;
      return request.answer(response);
    }
    request.connection->client_software_name = asked->client_software_name;
    request.connection->client_software_version = asked->client_software_version;
  }
  request.answer(all_served(*request.dispatch->image));
}

void refuse_api_versions(request_context request) {
  protocol::api_versions_response response;
  response.error_code = wire_error::unsupported_version;
  const auto* own = find_served_api(static_cast<std::int16_t>(protocol::api_key::api_versions));
  response.api_keys.push_back(row_of(*own));
  request.version = api_version{0};
  request.answer(response);
}

}  // namespace tidemill::api
