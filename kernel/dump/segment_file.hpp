#pragma once

#include <cstdint>
#include <map>

#include "base/ids.hpp"
#include "dump/row.hpp"

namespace tidemill::dump {

/// Last offsets of a segment's batches by their positions, to check indexes against.
using batch_positions = std::map<std::uint64_t, offset>;

/// Rows of a .log file: each batch, checked as recovery would. Stops at the first that is damaged.
[[nodiscard]] batch_positions dump_segment(const io::file& file, std::uint64_t size, offset base,
                                           const options& wanted, row_writer& rows);

}  // namespace tidemill::dump
