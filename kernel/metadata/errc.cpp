#include "metadata/errc.hpp"

#include "base/error_category.hpp"

namespace tidemill::metadata {

std::string_view reason(errc error) noexcept {
  switch (error) {
    case errc::topic_already_exists:
      return "the topic exists already";
    case errc::topic_name_invalid:
      return "the topic name is invalid";
    case errc::partition_count_invalid:
      return "the number of partitions is invalid";
    case errc::replication_factor_invalid:
      return "the replication factor is invalid or larger than the number of brokers";
    case errc::replica_assignment_invalid:
      return "the replica assignment is invalid";
    case errc::setting_invalid:
      return "a topic setting is invalid";
    case errc::limit_reached:
      return "a limit of the cluster is reached";
    case errc::request_invalid:
      return "the request contradicts itself";
    case errc::unknown_topic:
      return "there is no topic of that name";
    case errc::unknown_topic_id:
      return "there is no topic with that id";
    case errc::unknown_broker:
      return "the broker is not registered";
    case errc::stale_broker_epoch:
      return "the broker has registered anew since";
    case errc::broker_registration_invalid:
      return "the broker registration is invalid";
    case errc::producer_ids_exhausted:
      return "all producer ids have been given away";
    case errc::not_leader:
      return "this node does not lead the metadata quorum";
    case errc::outcome_unknown:
      return "it is not known whether the change was made";
    case errc::storage_full:
      return "the disk of the metadata log is full";
    case errc::storage_failed:
      return "the metadata log could not be written and takes nothing until a restart";
    case errc::proposal_too_large:
      return "the change is too large for one entry of the metadata log";
    case errc::stopping:
      return "the node is stopping";
    case errc::record_invalid:
      return "a metadata record is malformed or contradicts those before it";
    case errc::record_type_unknown:
      return "a metadata record has a type that this version does not know";
    case errc::record_version_unknown:
      return "a metadata record has a version that this version does not know";
    case errc::log_corrupt:
      return "the metadata log is damaged before its end";
    case errc::snapshot_corrupt:
      return "the metadata snapshot is damaged";
    case errc::cluster_id_mismatch:
      return "the metadata log belongs to a cluster with another id";
  }
  return "unknown metadata error";
}

const boost::system::error_category& metadata_category() noexcept {
  static const error_category<errc, reason> instance("tidemill.metadata");
  return instance;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), metadata_category()};
}

}  // namespace tidemill::metadata
