#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/read_memory.hpp"
#include "log/segment.hpp"

namespace tidemill::log {

/// Finds batches in a segment by index and headers. An index that does not fit its segment is made
/// anew, once; what then still does not fit is errc::corrupt, and damaged_position() says where.
/// Owner's thread; lives for one operation.
class segment_lookup {
 public:
  segment_lookup(segment& in, const segment_place& place,
                 std::uint32_t index_interval_bytes) noexcept
      : segment_(in), place_(place), index_interval_bytes_(index_interval_bytes) {}

  /// The first batch whose last offset is at or above `target`; nullopt when there is none.
  [[nodiscard]] result<std::optional<batch_place>> find(offset target);

  struct cut {
    /// A batch boundary.
    std::uint64_t position = 0;
    /// Base offset of the batch that starts there; nullopt at the end of the segment.
    std::optional<offset> base_offset;
    /// End of the batch that starts there.
    std::uint64_t end_position = 0;
    std::optional<offset> end_offset;
  };
  /// The last batch boundary at or before `position`, but not before `start`, which is one.
  [[nodiscard]] result<cut> find_boundary(std::uint64_t start, std::uint64_t position);

  /// The first batch that ends at or above `from` and whose max timestamp is at least that.
  [[nodiscard]] result<std::optional<batch_place>> find_time(std::int64_t timestamp_ms,
                                                             offset from);

  /// What is known of the part of the segment before `position`, a batch boundary.
  [[nodiscard]] result<segment_state> state_before(std::uint64_t position);

  [[nodiscard]] std::uint64_t damaged_position() const noexcept { return damaged_; }

 private:
  template <class Attempt>
  [[nodiscard]] auto with_repair(Attempt attempt) -> decltype(attempt());

  [[nodiscard]] result<std::optional<batch_place>> try_find(offset target);
  [[nodiscard]] result<cut> try_find_boundary(std::uint64_t start, std::uint64_t position);
  [[nodiscard]] result<std::optional<batch_place>> try_find_time(std::int64_t timestamp_ms,
                                                                 offset from);
  [[nodiscard]] result<segment_state> try_state_before(std::uint64_t position);
  /// Position of an indexed batch that ends at or below the offset, checked; 0 without one.
  [[nodiscard]] result<std::uint64_t> indexed_position(offset at_or_below);
  [[nodiscard]] result<std::uint64_t> check_entry(const offset_index_entry& entry);
  [[nodiscard]] boost::system::error_code damaged(std::uint64_t position) noexcept;

  segment& segment_;
  const segment_place& place_;
  std::uint32_t index_interval_bytes_;
  std::uint64_t damaged_ = 0;
};

}  // namespace tidemill::log
