#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "log/log_damage.hpp"

namespace tidemill::log {

/// A part of one segment that is to be read and checked. Refers to nothing of the log, so that it
/// may go to the pool while the log is in use.
struct scrub_order {
  std::string directory;
  offset segment{0};
  /// A batch boundary, and how far the segment's batches went when the order was made.
  std::uint64_t position = 0;
  std::uint64_t end = 0;
  /// What the first batch starts with at least, and where the segment ends at most.
  offset lowest{0};
  /// Whole batches are read until this is reached.
  std::uint64_t size_bytes_max = 0;
};

struct scrub_outcome {
  /// Where to go on.
  std::uint64_t position = 0;
  offset lowest{0};
  std::uint64_t scrubbed_bytes = 0;
  std::optional<log_damage> damage;
};

/// Reads batches and checks lengths, checksums and the order of offsets. A file that is missing or
/// too short is damage too: the caller knows whether the segment was removed meanwhile. Errors are
/// those of the disk. Blocks.
[[nodiscard]] result<scrub_outcome> scrub_segment(io::disk& disk, const scrub_order& order);

}  // namespace tidemill::log
