#pragma once

#include "extension/extension_point.hpp"
#include "extension/extensions.hpp"
#include "partition/partitioner_check.hpp"

namespace tidemill::extension {

/// A partitioner plugin behind the kernel's seam.
///
/// What is not as it should be: a record in another partition than the plugin chose is counted by
/// client id (warn), or refused with the partition where it belongs (reject). The plugin fails, is
/// missing or left alone: the client's choice stands, unless the instance says on_error = "closed"
/// and the mode is reject. An answer that is no partition of the topic: a fault of the plugin, the
/// client's choice stands.
class partitioner_adapter final : public partition::partitioner_check {
 public:
  /// Borrows the point.
  partitioner_adapter(extension_point& point, verify_mode mode) noexcept
      : point_(point), mode_(mode) {}

  [[nodiscard]] bool needs_records(shard_index shard) const noexcept override;
  void verify(const partition::batch_destination& destination, const record::batch_view& batch,
              bytes_view records, partition::objections& found) override;

 private:
  void check_piece(seat& here, const partition::batch_destination& destination,
                   partition::objections& found, std::uint64_t& misplaced) const;
  void object(const seat& here, const partition::batch_destination& destination,
              partition::objections& found, std::uint64_t misplaced) const;
  void could_not_ask(const seat& here, const std::string& why, partition::objections& found) const;
  void warn(seat& here, const partition::batch_destination& destination,
            std::uint64_t misplaced) const;

  extension_point& point_;
  verify_mode mode_;
};

}  // namespace tidemill::extension
