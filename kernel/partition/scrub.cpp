#include "partition/scrub.hpp"

#include <algorithm>
#include <memory>

#include "partition/host_body.hpp"

namespace tidemill::partition {
namespace {

/// Read at a time; with less than this in a second, that much once a second.
constexpr std::uint64_t step_size_bytes_max = std::uint64_t{4} << 20;
/// Reads that complain about more segments than this at a time are not looked into.
constexpr std::size_t urgent_max = 64;

}  // namespace

bool scrub::is_on() const noexcept {
  return host_.shard().options.scrub_bytes_per_second > 0;
}

void scrub::start() {
  host_.shard().on_damage = [this](const partition_key& key, offset segment) {
    if (urgent_.size() < urgent_max) {
      urgent_.push_back({key, segment, 0, segment, true, false, 0});
      // Whoever complains is in the midst of a read.
      host_.shard().services.loop.post([this, alive = host_.shared_from_this()] {
        if (!alive->shard().stopping) {
          turn();
        }
      });
    }
  };
  if (is_on()) {
    const host_options& options = host_.shard().options;
    schedule(std::min(options.scrub_delay_max, options.scrub_interval));
  }
}

void scrub::stop() noexcept {
  host_.shard().on_damage = nullptr;
  host_.shard().services.loop.cancel(timer_);
  timer_ = io::event_loop::no_timer;
}

void scrub::schedule(std::chrono::nanoseconds after) {
  timer_ = host_.shard().services.loop.schedule(after, [this] {
    timer_ = io::event_loop::no_timer;
    if (left_.empty() && !at_) {
      begin_pass();
    }
    turn();
  });
}

void scrub::begin_pass() {
  pass_begun_ = host_.shard().now();
  left_ = host_.open_keys();
  next_partition();
}

void scrub::next_partition() {
  at_.reset();
  if (!left_.empty()) {
    at_ = place{left_.back(), std::nullopt, 0, offset{0}, false, false, 0};
    left_.pop_back();
  }
}

/// One step, or the wait for the next pass. Called again when the step has ended.
void scrub::turn() {
  if (running_ || host_.shard().stopping) {
    return;
  }
  while (!urgent_.empty()) {
    place where = urgent_.front();
    urgent_.pop_front();
    if (auto order = order_for(where)) {
      return submit(where, std::move(*order));
    }
  }
  if (timer_ != io::event_loop::no_timer || !is_on()) {
    return;
  }
  for (std::size_t visited = 0; at_; ++visited) {
    if (visited == host_.shard().options.partitions_per_slice_max) {
      return schedule(std::chrono::milliseconds(1));
    }
    if (auto order = order_for(*at_)) {
      return submit(*at_, std::move(*order));
    }
    next_partition();
  }
  ++passes_;
  const auto next = pass_begun_ + host_.shard().options.scrub_interval;
  schedule(std::max<std::chrono::nanoseconds>(next - host_.shard().now(),
                                              std::chrono::milliseconds(100)));
}

/// nullopt when the partition is not open any more, or has nothing left to be looked at. Moves the
/// place on to the next segment where one has come to its end, or has gone.
std::optional<log::scrub_order> scrub::order_for(place& where) {
  partition_slot* slot = host_.find(where.key);
  if (slot == nullptr || !slot->here.is_open()) {
    return std::nullopt;
  }
  const log::log& of = *slot->here.open_->log;
  restart_if_replaced(where, of);
  const std::vector<log::segment_state> segments = of.segments();
  for (const log::segment_state& each : segments) {
    const bool is_same = where.segment == each.base_offset;
    const bool is_later = !where.segment || each.base_offset > *where.segment;
    if ((where.urgent && !is_same) || (!is_same && !is_later) ||
        (is_same && where.position >= each.size_bytes) || each.size_bytes == 0) {
      continue;
    }
    if (!is_same) {
      where.segment = each.base_offset;
      where.position = 0;
      where.lowest = each.base_offset;
    }
    const std::uint64_t most =
        where.urgent ? each.size_bytes
                     : std::min(step_size_bytes_max, host_.shard().options.scrub_bytes_per_second);
    return log::scrub_order{of.directory(),  each.base_offset, where.position,
                            each.size_bytes, where.lowest,     most};
  }
  return std::nullopt;
}

/// A compacted segment has taken the place of the one that was looked at: from its beginning then,
/// and what was found there says nothing.
bool scrub::restart_if_replaced(place& where, const log::log& of) noexcept {
  if (where.replacements == of.replacements()) {
    return false;
  }
  where.replacements = of.replacements();
  where.position = 0;
  where.lowest = where.segment.value_or(offset{0});
  where.confirming = false;
  return true;
}

void scrub::submit(const place& where, log::scrub_order order) {
  running_ = true;
  host_.run_blocking(
      [&disk = host_.shard().services.disk, order = std::move(order)] {
        return log::scrub_segment(disk, order);
      },
      [this, where](const result<log::scrub_outcome>& outcome) { stepped(where, outcome); });
}

void scrub::stepped(place where, const result<log::scrub_outcome>& outcome) {
  running_ = false;
  const std::uint64_t read = outcome ? outcome->scrubbed_bytes : 0;
  scrubbed_bytes_ += read;
  if (host_.shard().stopping) {
    return;
  }
  partition_slot* slot = host_.find(where.key);
  const bool is_replaced =
      slot != nullptr && slot->here.is_open() && restart_if_replaced(where, *slot->here.open_->log);
  if (outcome && outcome->damage && !where.confirming) {
    // The segment may have been removed or cut meanwhile: looked at again, as it is now.
    where.confirming = true;
    urgent_.push_front(where);
    if (!where.urgent) {
      urgent_.front().urgent = true;
      next_partition();
    }
    return turn();
  }
  if (outcome && outcome->damage) {
    host_.condemn(where.key, *outcome->damage);
  }
  if (where.urgent || !is_on()) {
    return turn();
  }
  if (!outcome) {
    next_partition();  // the disk complains; the next pass tries again
  } else if (at_ && is_replaced) {
    *at_ = where;
  } else if (at_) {
    at_->position = outcome->position;
    at_->lowest = outcome->lowest;
  }
  const std::uint64_t rate = host_.shard().options.scrub_bytes_per_second;
  schedule(std::chrono::nanoseconds(1'000'000'000 * read / rate) + std::chrono::milliseconds(1));
}

}  // namespace tidemill::partition
