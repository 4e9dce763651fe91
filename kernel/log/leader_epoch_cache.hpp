#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace tidemill::log {

/// Where the records of a leader begin.
struct leader_epoch_start {
  leader_epoch epoch;
  offset start_offset;

  friend bool operator==(const leader_epoch_start&, const leader_epoch_start&) = default;
};

/// An epoch and the offset after its last record.
struct leader_epoch_end {
  leader_epoch epoch;
  offset end_offset;

  friend bool operator==(const leader_epoch_end&, const leader_epoch_end&) = default;
};

/// Which leader wrote which offsets of one log (KIP-101, KIP-279). Epochs and offsets rise strictly
/// from entry to entry. Pure; the log writes to_text() to `leader-epoch-checkpoint` whenever a call
/// answers that something has changed. Few entries: one for each leader change that the log still
/// remembers. One thread at a time.
class leader_epoch_cache {
 public:
  /// A leader of `epoch` appends from `start` on. True when that was news. Entries that contradict
  /// it (a later epoch, or a later start) are dropped: they belong to records that are gone.
  bool assign(leader_epoch epoch, offset start);

  [[nodiscard]] std::optional<leader_epoch> latest() const noexcept;
  [[nodiscard]] std::optional<leader_epoch> epoch_of(offset position) const noexcept;
  [[nodiscard]] std::span<const leader_epoch_start> entries() const noexcept { return entries_; }

  /// The largest known epoch that is not above `requested`, and where it ends: at the start of the
  /// next one, at `log_end` for the latest. For an epoch before all known ones: that epoch itself
  /// with the start of the first. nullopt when `requested` is above the latest or nothing is known.
  [[nodiscard]] std::optional<leader_epoch_end> end_offset_for(leader_epoch requested,
                                                               offset log_end) const noexcept;

  /// The log now ends at `end`: epochs that start there or later are gone. True when any was.
  bool truncate_from_end(offset end);
  /// The log now starts at `start`: earlier epochs are gone, the one that contains it starts there.
  bool truncate_from_start(offset start);
  bool clear() noexcept;

  /// Kafka's text: a line with the version, 0; one with the number of entries; one per entry,
  /// "<epoch> <start offset>".
  [[nodiscard]] std::string to_text() const;
  /// nullopt when the text is not of that form, or epochs or offsets do not rise.
  [[nodiscard]] static std::optional<leader_epoch_cache> from_text(std::string_view text);

 private:
  std::vector<leader_epoch_start> entries_;
};

}  // namespace tidemill::log
