#pragma once

#include "extension/extension_point.hpp"
#include "partition/record_gate.hpp"

namespace tidemill::extension {

/// A transform plugin's validate() behind the kernel's seam.
///
/// The plugin fails, is missing or left alone: the batch is refused, unless the instance says
/// on_error = "open". A rejected record that is not in the batch: a fault of the plugin; what it
/// has rejected besides counts.
class transform_adapter final : public partition::record_gate {
 public:
  /// Borrows the point.
  explicit transform_adapter(extension_point& point) noexcept : point_(point) {}

  [[nodiscard]] bool needs_records(shard_index shard) const noexcept override;
  void judge(const partition::batch_destination& destination, const record::batch_view& batch,
             bytes_view records, partition::objections& found) override;

 private:
  void judge_piece(seat& here, partition::objections& found) const;
  void could_not_ask(const seat& here, const std::string& why, partition::objections& found) const;

  extension_point& point_;
};

}  // namespace tidemill::extension
