#include "log/errc.hpp"

#include <string>

namespace tidemill::log {
namespace {

// Boost leaves the destructor of error_category public and not virtual; nobody deletes through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tidemill.log"; }
  [[nodiscard]] std::string message(int value) const override {
    return std::string(reason(static_cast<errc>(value)));
  }
};
#pragma GCC diagnostic pop

}  // namespace

std::string_view reason(errc error) noexcept {
  switch (error) {
    case errc::offset_out_of_range:
      return "the offset lies outside the log";
    case errc::offsets_not_ascending:
      return "the batch does not start at or after the end of the log";
    case errc::batch_too_large:
      return "the batch does not fit into a segment";
    case errc::batch_malformed:
      return "the bytes to append are not one whole batch";
    case errc::disk_full:
      return "no space is left for the log";
    case errc::write_failed:
      return "writing to the log failed";
    case errc::poisoned:
      return "the log takes no writes since an earlier write or sync failed";
    case errc::corrupt:
      return "the log is damaged below its recovery point";
    case errc::closed:
      return "the log is closed";
    case errc::directory_in_use:
      return "another process uses the data directory";
    case errc::meta_malformed:
      return "meta.toml is malformed";
    case errc::wrong_cluster:
      return "the data directory belongs to another cluster";
    case errc::wrong_node:
      return "the data directory belongs to another node";
    case errc::checkpoint_malformed:
      return "a checkpoint file is malformed";
  }
  return "unknown error of the log";
}

const boost::system::error_category& log_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), log_category()};
}

}  // namespace tidemill::log
