#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

// What belongs to security, as long as there is none: the answers of a Kafka without an authorizer
// and without authenticated clients.

/// DescribeAcls (key 29), CreateAcls (30), DeleteAcls (31): SECURITY_DISABLED.
void handle_describe_acls(request_context request);
void handle_create_acls(request_context request);
void handle_delete_acls(request_context request);

/// CreateDelegationToken (38), RenewDelegationToken (39), ExpireDelegationToken (40),
/// DescribeDelegationToken (41): DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.
void handle_create_delegation_token(request_context request);
void handle_renew_delegation_token(request_context request);
void handle_expire_delegation_token(request_context request);
void handle_describe_delegation_token(request_context request);

/// DescribeUserScramCredentials (50): there are none. AlterUserScramCredentials (51): nothing to
/// delete (RESOURCE_NOT_FOUND), and nothing is added: SECURITY_DISABLED.
void handle_describe_user_scram_credentials(request_context request);
void handle_alter_user_scram_credentials(request_context request);

}  // namespace tidemill::api
