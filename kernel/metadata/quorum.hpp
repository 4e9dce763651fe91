#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace tidemill::metadata {

/// Where a proposal stands in the metadata log. Indexes rise from 1 on, not always by one.
struct committed_position {
  log_index index;
  tidemill::term term;
};

/// One proposal that has been committed: its records, in order. Borrowed during the call.
struct committed_entry {
  committed_position position;
  std::span<const bytes_view> records;
};

/// Takes one record of a snapshot; borrowed during the call.
using record_sink = unique_function<void(bytes_view record)>;
/// Writes the state that it was made for, record by record. May be run on a thread of the blocking
/// pool, so it owns (or shares) what it reads and touches nothing else.
using snapshot_source = unique_function<void(record_sink& sink)>;

/// The state machine that a quorum feeds. All calls on the quorum's loop, in the order of the log.
class quorum_listener {
 public:
  virtual ~quorum_listener() = default;

  /// Replaces the whole state. An error stops the quorum (the state can't be trusted).
  [[nodiscard]] virtual result<void> install_snapshot(committed_position last,
                                                      std::span<const bytes_view> records) = 0;
  /// Several at a time where a group was committed together. An error stops the quorum.
  [[nodiscard]] virtual result<void> apply(std::span<const committed_entry> entries) = 0;
  /// The state as it is after what was applied last.
  [[nodiscard]] virtual snapshot_source take_snapshot() = 0;
  /// This node leads from now on (with a term), or no longer does (nullopt). When it begins to
  /// lead, everything committed before has been applied. The completions of proposals that were cut
  /// off by the end of a term have run with outcome_unknown before.
  virtual void leadership_changed(std::optional<term> leading) = 0;
};

/// A node that votes.
struct voter {
  broker_id id{0};

  friend bool operator==(const voter&, const voter&) noexcept = default;
};

/// Agreement on one log of records among the voters. What stands behind it (one voter with a file,
/// a consensus library) is not to be seen from outside. Everything on the loop that it was made
/// for.
class quorum {
 public:
  static constexpr std::size_t proposal_size_bytes_max = 8U << 20U;

  using completion = unique_function<void(result<committed_position>)>;

  virtual ~quorum() = default;

  /// Reads what is on disk, hands snapshot and committed entries to the listener, then calls
  /// `started`, then leadership_changed() when this node leads. The listener outlives the quorum's
  /// stop. Errors: log_corrupt, snapshot_corrupt, those of the listener, those of the disk.
  virtual void start(quorum_listener& listener, unique_function<void(result<void>)> started) = 0;
  /// Finishes what is being written, refuses the rest with errc::stopping, then calls back. After
  /// that nothing is called any more.
  virtual void stop(unique_function<void()> stopped) = 0;

  /// Appends the records as one entry: all or none of them come to be. The completion runs exactly
  /// once, after the listener has applied the entry, or with
  /// - not_leader, stopping, proposal_too_large, storage_full, storage_failed: not written, never
  ///   will be;
  /// - outcome_unknown: may be committed now or later; the committed stream will tell.
  /// A proposal that fails takes with it all that were proposed after it and are not answered yet,
  /// because they may build on it; they fail with the same error, in order.
  virtual void propose(std::vector<byte_buffer> records, completion done) = 0;

  /// The term in which this node leads; nullopt when it does not.
  [[nodiscard]] virtual std::optional<term> leading_term() const = 0;
  /// The leader as far as this node knows.
  [[nodiscard]] virtual std::optional<broker_id> leader() const = 0;
  [[nodiscard]] virtual std::vector<voter> voters() const = 0;
  [[nodiscard]] virtual committed_position last_committed() const = 0;
  /// For the operator: what was repaired at the start, or what stopped the quorum and where; empty
  /// when there is nothing to say.
  [[nodiscard]] virtual const std::string& report() const = 0;
};

}  // namespace tidemill::metadata
