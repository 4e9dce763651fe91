#pragma once

#include <memory>

#include "groups/journal.hpp"
#include "io/event_loop.hpp"
#include "partition/host.hpp"

namespace tidemill::api {

/// A partition of the offsets topic as the log of a group coordinator. Borrows host, pool and loop,
/// which outlive it; all of one shard.
[[nodiscard]] std::unique_ptr<groups::journal> make_group_journal(
    partition::host& partitions, io::blocking_pool& pool, io::event_loop& loop,
    const partition::partition_key& key);

}  // namespace tidemill::api
