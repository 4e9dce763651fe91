#include "replication/errc.hpp"

#include "base/error_category.hpp"

namespace tidemill::replication {

std::string_view reason(errc error) noexcept {
  switch (error) {
    case errc::not_leader:
      return "this broker does not lead the partition";
    case errc::fenced_leader_epoch:
      return "the leader epoch of the request is older than that of the partition";
    case errc::unknown_leader_epoch:
      return "the leader epoch of the request is newer than that of the partition";
    case errc::not_enough_replicas:
      return "fewer replicas are in sync than min.insync.replicas asks for";
    case errc::not_enough_replicas_after_append:
      return "written, but fewer replicas are in sync than min.insync.replicas asks for";
    case errc::timed_out:
      return "written, but not committed in time";
  }
  return "unknown error of a replica";
}

const boost::system::error_category& replication_category() noexcept {
  static const error_category<errc, reason> instance("tidemill.replication");
  return instance;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), replication_category()};
}

}  // namespace tidemill::replication
