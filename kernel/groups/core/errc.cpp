#include "groups/core/errc.hpp"

namespace tidemill::groups {

std::string_view reason(errc error) noexcept {
  switch (error) {
    case errc::none:
      return "no error";
    case errc::invalid_group_id:
      return "the group id is empty";
    case errc::group_id_not_found:
      return "there is no such group";
    case errc::unknown_member_id:
      return "the group has no such member";
    case errc::member_id_required:
      return "the member has to join again with the id that it was given";
    case errc::illegal_generation:
      return "the group is in another generation";
    case errc::fenced_instance_id:
      return "another member has taken over the instance id";
    case errc::inconsistent_protocol:
      return "the group has another protocol type, or no protocol that all members know";
    case errc::invalid_session_timeout:
      return "the session timeout is outside the bounds of this broker";
    case errc::rebalance_in_progress:
      return "the group is being rebalanced";
    case errc::group_full:
      return "the group has as many members as it may";
    case errc::group_not_empty:
      return "the group has members";
    case errc::group_subscribed_to_topic:
      return "the group is subscribed to the topic";
    case errc::offset_metadata_too_large:
      return "the metadata of a committed offset is larger than this broker keeps";
    case errc::limit_reached:
      return "this broker keeps no more groups, or offsets of one group";
    case errc::member_metadata_too_large:
      return "the metadata of the member is larger than this broker keeps";
    case errc::loading:
      return "the coordinator is being loaded";
    case errc::not_available:
      return "the coordinator could not store what was asked";
    case errc::not_coordinator:
      return "this broker does not coordinate the group";
    case errc::record_too_large:
      return "the state of the group does not fit into one batch";
    case errc::fenced_member_epoch:
      return "the member epoch is not that of the member";
    case errc::stale_member_epoch:
      return "the member epoch is older than that of the member";
    case errc::unreleased_instance_id:
      return "the instance id belongs to a member that has not left";
    case errc::unsupported_assignor:
      return "the assignor is not known here";
    case errc::invalid_regular_expression:
      return "the regular expression is malformed";
    case errc::invalid_request:
      return "the request contradicts itself";
    case errc::record_malformed:
      return "a stored record cannot be read";
  }
  return "unknown error";
}

namespace {
constexpr error_category<errc, reason> category{"tidemill.groups"};
}  // namespace

const boost::system::error_category& groups_category() noexcept {
  return category;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), category};
}

}  // namespace tidemill::groups
