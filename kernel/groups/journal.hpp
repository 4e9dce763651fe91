#pragma once

#include "base/bytes.hpp"
#include "base/unique_function.hpp"
#include "groups/core/errc.hpp"

namespace tidemill::groups {

/// The log behind one coordinator: a partition of the offsets topic, seen from its shard. Shard
/// thread only. After its destruction no callback of load() runs; those of append() still may.
class journal {
 public:
  virtual ~journal() = default;

  /// Appends one record batch; `done` runs once, when it is committed as the topic wants it, or
  /// with what whoever waits for it is told (not_coordinator, not_available, record_too_large).
  /// Appends are made, and `done` is called, in the order of the calls.
  virtual void append(byte_buffer batch, unique_function<void(errc)> done) = 0;

  /// Shows every record batch that is committed now, in order, in pieces of whole batches; then
  /// calls `done`: none, or not_available when the log could not be read. Once at a time.
  virtual void load(unique_function<void(bytes_view batches)> visit,
                    unique_function<void(errc)> done) = 0;
};

}  // namespace tidemill::groups
