#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "metadata/quorum.hpp"

namespace tidemill::metadata {

/// Stands for the log up to `last`: record batches whose first record is a header, whose last is a
/// footer with the record count, and which in between hold the state.
struct snapshot {
  committed_position last;
  /// The state's records, views of `bytes`.
  std::vector<bytes_view> records;
  byte_buffer bytes;
};

/// Writes the snapshot so that after a crash either the whole file or none is there.
[[nodiscard]] result<void> write_snapshot(io::disk& disk, const std::string& path,
                                          committed_position last, snapshot_source& source);
/// snapshot_corrupt when a checksum, the header, the footer or the count is wrong.
[[nodiscard]] result<snapshot> read_snapshot(io::disk& disk, const std::string& path);

}  // namespace tidemill::metadata
