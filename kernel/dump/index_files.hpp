#pragma once

#include "dump/segment_file.hpp"

namespace tidemill::dump {

// Rows of one index file; `bytes` are all of it. `batches` are those of the segment beside it, or
// nullptr where that is not there: then nothing is checked against it.
void dump_offset_index(bytes_view bytes, offset base, const batch_positions* batches,
                       row_writer& rows);
void dump_time_index(bytes_view bytes, offset base, const batch_positions* batches,
                     row_writer& rows);
void dump_transaction_index(bytes_view bytes, row_writer& rows);

/// Rows of a producer snapshot.
void dump_producer_snapshot(bytes_view bytes, row_writer& rows);
/// Rows of leader-epoch-checkpoint.
void dump_leader_epochs(bytes_view bytes, row_writer& rows);

}  // namespace tidemill::dump
