#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/ids.hpp"
#include "io/disk.hpp"
#include "io/event_loop.hpp"
#include "metadata/quorum.hpp"

namespace tidemill::metadata {

struct single_voter_options {
  /// Of its own, made when missing: <data directory>/__cluster_metadata-0
  std::string directory;
  broker_id id{0};
  /// The log is replaced by a snapshot when it has grown by this much since the last one.
  std::uint64_t log_size_bytes_max = 16U << 20U;
  /// Called on the pool when the disk is full; after true the write is tried once more, so that
  /// topics can be deleted. May be empty.
  std::function<bool()> make_room = {};
};

/// The quorum of a cluster with one voter: this node leads from its start on, and an entry is
/// committed when it is on disk. Each start is a term of its own. Proposals that arrive during a
/// sync share the next one. Disk, pool and loop are borrowed and outlive stop(); `disk` is used on
/// the pool only.
[[nodiscard]] std::unique_ptr<quorum> make_single_voter_quorum(const single_voter_options& options,
                                                               io::disk& disk,
                                                               io::blocking_pool& pool,
                                                               io::event_loop& loop);

}  // namespace tidemill::metadata
