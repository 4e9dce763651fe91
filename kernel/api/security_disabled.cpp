#include "api/security_disabled.hpp"

#include <string_view>

#include "protocol/alter_user_scram_credentials.hpp"
#include "protocol/create_acls.hpp"
#include "protocol/create_delegation_token.hpp"
#include "protocol/delete_acls.hpp"
#include "protocol/describe_acls.hpp"
#include "protocol/describe_delegation_token.hpp"
#include "protocol/describe_user_scram_credentials.hpp"
#include "protocol/expire_delegation_token.hpp"
#include "protocol/renew_delegation_token.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::string_view no_authorizer = "this broker has no authorizer: everything is allowed";
constexpr std::string_view principal_type = "User";

/// Decodes the request and answers with what `fill(asked, response)` makes of it.
template <class Request, class Response, class Fill>
void answer_with(request_context& request, Fill fill) {
  const auto asked = protocol::decode<Request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  Response response;
  fill(*asked, response);
  request.answer(response);
}

}  // namespace

void handle_describe_acls(request_context request) {
  answer_with<protocol::describe_acls_request, protocol::describe_acls_response>(
      request, [](const auto&, auto& response) {
        response.error_code = wire_error::security_disabled;
        response.error_message = no_authorizer;
      });
}

void handle_create_acls(request_context request) {
  answer_with<protocol::create_acls_request, protocol::create_acls_response>(
      request, [](const auto& asked, auto& response) {
        response.results.resize(asked.creations.size());
        for (auto& row : response.results) {
          row.error_code = wire_error::security_disabled;
          row.error_message = no_authorizer;
        }
      });
}

void handle_delete_acls(request_context request) {
  answer_with<protocol::delete_acls_request, protocol::delete_acls_response>(
      request, [](const auto& asked, auto& response) {
        response.filter_results.resize(asked.filters.size());
        for (auto& row : response.filter_results) {
          row.error_code = wire_error::security_disabled;
          row.error_message = no_authorizer;
        }
      });
}

void handle_create_delegation_token(request_context request) {
  answer_with<protocol::create_delegation_token_request,
              protocol::create_delegation_token_response>(
      request, [&request](const auto&, auto& response) {
        constexpr api_version requester_since{3};
        response.error_code = wire_error::delegation_token_request_not_allowed;
        response.principal_type = principal_type;
        response.principal_name = anonymous_user;
        if (request.version >= requester_since) {
          response.token_requester_principal_type = principal_type;
          response.token_requester_principal_name = anonymous_user;
        }
        response.issue_timestamp_ms = -1;
        response.expiry_timestamp_ms = -1;
        response.max_timestamp_ms = -1;
      });
}

void handle_renew_delegation_token(request_context request) {
  answer_with<protocol::renew_delegation_token_request, protocol::renew_delegation_token_response>(
      request, [](const auto&, auto& response) {
        response.error_code = wire_error::delegation_token_request_not_allowed;
        response.expiry_timestamp_ms = -1;
      });
}

void handle_expire_delegation_token(request_context request) {
  answer_with<protocol::expire_delegation_token_request,
              protocol::expire_delegation_token_response>(request, [](const auto&, auto& response) {
    response.error_code = wire_error::delegation_token_request_not_allowed;
    response.expiry_timestamp_ms = -1;
  });
}

void handle_describe_delegation_token(request_context request) {
  answer_with<protocol::describe_delegation_token_request,
              protocol::describe_delegation_token_response>(
      request, [](const auto&, auto& response) {
        response.error_code = wire_error::delegation_token_request_not_allowed;
      });
}

void handle_describe_user_scram_credentials(request_context request) {
  answer_with<protocol::describe_user_scram_credentials_request,
              protocol::describe_user_scram_credentials_response>(
      request, [](const auto& asked, auto& response) {
        response.error_message = "";
        if (!asked.users) {
          return;
        }
        for (const auto& user : *asked.users) {
          auto& row = response.results.emplace_back();
          row.user = user.name;
          row.error_code = wire_error::resource_not_found;
          row.error_message = "there is no such user";
        }
      });
}

void handle_alter_user_scram_credentials(request_context request) {
  answer_with<protocol::alter_user_scram_credentials_request,
              protocol::alter_user_scram_credentials_response>(
      request, [](const auto& asked, auto& response) {
        for (const auto& deletion : asked.deletions) {
          auto& row = response.results.emplace_back();
          row.user = deletion.name;
          row.error_code = wire_error::resource_not_found;
          row.error_message = "there is no such user";
        }
        for (const auto& upsertion : asked.upsertions) {
          auto& row = response.results.emplace_back();
          row.user = upsertion.name;
          row.error_code = wire_error::security_disabled;
          row.error_message = "this broker does not authenticate anybody";
        }
      });
}

}  // namespace tidemill::api
