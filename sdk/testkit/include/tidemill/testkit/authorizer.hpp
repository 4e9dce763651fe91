#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tidemill/authorizer.h"
#include "tidemill/testkit/instance.hpp"
#include "tidemill/testkit/records.hpp"

namespace tidemill::testkit {

/// An authorizer under test, asked through its table. A call that fails throws its message.
class authorizer {
 public:
  struct action {
    std::uint16_t operation;
    std::uint16_t resource_type;
    std::string resource_name;
  };

  explicit authorizer(const std::string& path, const settings& given = {})
      : file_(path),
        table_(file_.kind<tidemill_authorizer>(TIDEMILL_AUTHORIZER)),
        instance_(file_, given) {}

  /// One letter for each action of a user: a allow, d deny, - no opinion.
  [[nodiscard]] std::string decide(const std::string& user, const std::vector<action>& wanted,
                                   const std::string& principal_type = "User") {
    std::vector<std::uint16_t> operations;
    std::vector<std::uint16_t> types;
    std::vector<tidemill_bytes> names;
    for (const action& one : wanted) {
      operations.push_back(one.operation);
      types.push_back(one.resource_type);
      names.push_back(view_of(one.resource_name));
    }
    tidemill_client client{};
    client.struct_size = sizeof client;
    client.principal_type = view_of(principal_type);
    client.principal_name = view_of(user);
    const tidemill_actions actions{sizeof actions, static_cast<std::uint32_t>(wanted.size()),
                                   operations.data(), types.data(), names.data()};
    std::vector<std::uint8_t> decisions(wanted.size(), TIDEMILL_DENY);
    error_slot why;
    const tidemill_token token = ++last_token_;
    tidemill_status status =
        table_.authorize(instance_.shard(), &client, &actions, token, decisions.data(), why.raw());
    if (status == TIDEMILL_PENDING) {
      status = instance_.host().wait(token, [&](const void* result) {
        const auto* bytes = static_cast<const std::uint8_t*>(result);
        decisions.assign(bytes, bytes + wanted.size());
      });
    }
    if (status != TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
    std::string letters;
    for (const std::uint8_t decision : decisions) {
      letters += decision == TIDEMILL_ALLOW        ? 'a'
                 : decision == TIDEMILL_DENY       ? 'd'
                 : decision == TIDEMILL_NO_OPINION ? '-'
                                                   : '?';
    }
    return letters;
  }

 private:
  plugin_file file_;
  const tidemill_authorizer& table_;
  instance instance_;
  tidemill_token last_token_ = 0;
};

}  // namespace tidemill::testkit
