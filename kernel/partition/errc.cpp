#include "partition/errc.hpp"

#include "base/error_category.hpp"

namespace tidemill::partition {

std::string_view reason(errc error) noexcept {
  switch (error) {
    case errc::unknown_partition:
      return "this broker does not have the partition";
    case errc::removed:
      return "the partition was deleted";
    case errc::stopping:
      return "the broker is stopping";
    case errc::topic_id_mismatch:
      return "the directory of the partition belongs to another topic of the same name";
    case errc::storage_failed:
      return "the storage of the partition has failed";
    case errc::out_of_order_sequence:
      return "the sequence number does not follow that of the producer's last batch";
    case errc::invalid_producer_epoch:
      return "a newer incarnation of the producer has written";
    case errc::invalid_transaction_state:
      return "the producer has an open transaction in the partition";
    case errc::transaction_coordinator_fenced:
      return "a newer coordinator of the transaction has written";
    case errc::records_rejected:
      return "records were rejected by a rule of the topic";
    case errc::offset_not_available:
      return "the leader was just elected and does not know the high watermark yet";
    case errc::offset_out_of_range:
      return "the offset lies outside the log";
  }
  return "unknown error of a partition";
}

const boost::system::error_category& partition_category() noexcept {
  static const error_category<errc, reason> instance("tidemill.partition");
  return instance;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), partition_category()};
}

}  // namespace tidemill::partition
