#include "api/partition_operation.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assert.hpp"
#include "io/event_loop.hpp"
#include "partition/host.hpp"

namespace tidemill::api {
namespace {

/// A request may name thousands of partitions, and a look into one may mean to open a batch: after
/// so long others have their turn.
constexpr std::chrono::milliseconds turn{2};

}  // namespace

std::size_t partition_operation::add_share(const partition::partition_key& key, shard_index shard) {
  shares_.push_back({key, shard});
  ++part_of(shard).left;
  return shares_.size() - 1;
}

partition_operation::shard_part& partition_operation::part_of(shard_index shard) {
  const auto found = std::find_if(parts_.begin(), parts_.end(),
                                  [&](const shard_part& part) { return part.shard == shard; });
  return found != parts_.end() ? *found : parts_.emplace_back(shard_part{shard, 0});
}

void partition_operation::start() {
  const auto self = shared_from_this();  // complete() may drop the last other reference
  if (parts_.empty()) {
    return complete();
  }
  parts_left_ = parts_.size();
  const auto& dependencies = request_.dispatch->dependencies;
  bool some_here = false;
  for (const auto& part : parts_) {
    if (part.shard == dependencies.here) {
      some_here = true;
    } else {
      dependencies.shards[part.shard.value()].loop->post(
          [self, shard = part.shard] { self->visit_shard(shard); });
    }
  }
  if (some_here) {
    visit_shard(dependencies.here);
  }
}

void partition_operation::visit_shard(shard_index shard, std::size_t first) {
  const auto& here = request_.dispatch->dependencies.shards[shard.value()];
  auto& host = *here.partitions;
  const auto& clock = here.loop->clock();
  const auto until = clock.now() + turn;
  for (std::size_t index = first; index < shares_.size(); ++index) {
    if (shares_[index].shard != shard) {
      continue;
    }
    if (index != first && may_pause() && clock.now() >= until) {
      return here.loop->post(
          [self = shared_from_this(), shard, index] { self->visit_shard(shard, index); });
    }
    if (auto* open = host.find(shares_[index].key)) [[likely]] {
      visit(index, open);
    } else {
      host.open(shares_[index].key,
                [self = shared_from_this(), index](result<partition::partition*> opened) {
                  self->visit(index, opened);
                });
    }
  }
}

void partition_operation::share_done(std::size_t share) {
  auto& part = part_of(shares_[share].shard);
  TIDEMILL_ASSERT(part.left > 0);
  if (--part.left == 0) {
    shard_done(part.shard);
  }
}

void partition_operation::shard_done(shard_index shard) {
  const auto& dependencies = request_.dispatch->dependencies;
  if (shard == dependencies.here) {
    return part_done();
  }
  dependencies.shards[dependencies.here.value()].loop->post(
      [self = shared_from_this()] { self->part_done(); });
}

void partition_operation::part_done() {
  TIDEMILL_ASSERT(parts_left_ > 0);
  if (--parts_left_ == 0) {
    complete();
  }
}

}  // namespace tidemill::api
