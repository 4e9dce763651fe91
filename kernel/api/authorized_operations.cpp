#include "api/authorized_operations.hpp"

#include <array>
#include <span>

namespace tidemill::api {

namespace {

constexpr std::array topic_operations{
    operation::read,  operation::write,    operation::create,           operation::remove,
    operation::alter, operation::describe, operation::describe_configs, operation::alter_configs,
};
constexpr std::array cluster_operations{operation::create,           operation::alter,
                                        operation::describe,         operation::cluster_action,
                                        operation::describe_configs, operation::alter_configs,
                                        operation::idempotent_write};
constexpr std::array group_operations{operation::read, operation::remove, operation::describe,
                                      operation::describe_configs, operation::alter_configs};
constexpr std::array transaction_operations{operation::write, operation::describe};

std::span<const operation> operations_of(resource_kind kind) noexcept {
  switch (kind) {
    case resource_kind::topic:
      return topic_operations;
    case resource_kind::group:
      return group_operations;
    case resource_kind::cluster:
      return cluster_operations;
    case resource_kind::transactional_id:
      return transaction_operations;
  }
  return {};
}

}  // namespace

std::int32_t authorized_operations(const request_context& request, resource_kind kind,
                                   std::string_view name) {
  std::int32_t bits = 0;
  for (const auto what : operations_of(kind)) {
    if (request.may(what, kind, name)) {
      bits |= 1 << static_cast<int>(what);
    }
  }
  return bits;
}

}  // namespace tidemill::api
