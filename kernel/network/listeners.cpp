#include "network/listeners.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::network {
namespace {

constexpr int accepted_per_round_max = 64;
constexpr std::chrono::milliseconds pause_length{200};
constexpr std::chrono::milliseconds rate_wait_min{1};

}  // namespace

listeners::listeners(const listeners_options& options, std::vector<shard*> shards)
    : options_(options), shards_(std::move(shards)), rate_(options.connections_per_second_max) {
  TIDEMILL_ASSERT(!shards_.empty());
  for (shard* each : shards_) {
    each->on_closed([this](const std::string& address) {
      if (options_.loop.is_current()) {
        released(address);
      } else {
        options_.loop.post([this, address] { released(address); });
      }
    });
  }
}

listeners::~listeners() {
  stop();
  for (shard* each : shards_) {
    each->on_closed(nullptr);
  }
}

void listeners::add(std::string name, std::unique_ptr<io::acceptor> acceptor,
                    std::size_t connections_per_second_max) {
  listeners_.push_back(std::make_unique<listener>());
  listeners_.back()->name = std::move(name);
  listeners_.back()->acceptor = std::move(acceptor);
  listeners_.back()->rate.change(connections_per_second_max);
}

void listeners::start() {
  for (const auto& each : listeners_) {
    wait(*each);
  }
}

void listeners::stop() noexcept {
  for (const auto& each : listeners_) {
    options_.loop.cancel(std::exchange(each->pause, io::event_loop::no_timer));
    each->acceptor->close();
  }
}

void listeners::wait(listener& from) {
  from.acceptor->wait_acceptable([this, &from] { accept_some(from); });
}

void listeners::accept_some(listener& from) {
  for (int count = 0; count < accepted_per_round_max; ++count) {
    if (must_slow_down(from)) {
      return;
    }
    shard& to = *shards_[next_shard_];
    auto accepted = from.acceptor->accept(to.loop());
    if (accepted) {
      next_shard_ = (next_shard_ + 1) % shards_.size();
      const io::monotonic_time now = options_.loop.clock().now();
      rate_.take(now);
      from.rate.take(now);
      take(from, std::move(*accepted), to);
      continue;
    }
    const error_code failure = accepted.error();
    if (failure == boost::system::errc::operation_would_block ||
        failure == boost::system::errc::resource_unavailable_try_again) {
      break;
    }
    // These belong to the one connection that was about to be accepted (accept(2)).
    if (failure == boost::system::errc::connection_aborted ||
        failure == boost::system::errc::interrupted ||
        failure == boost::system::errc::protocol_error) {
      continue;
    }
    pause(from, failure);
    return;
  }
  wait(from);
}

void listeners::pause(listener& from, const error_code& failure) {
  ++turned_away_;
  warn("listener " + escaped(from.name) +
       " cannot accept connections for now: " + failure.message() +
       (failure == boost::system::errc::too_many_files_open
            ? "; raise the limit on open files (ulimit -n) or lower the number of connections"
            : ""));
  accept_later(from, pause_length);
}

void listeners::accept_later(listener& from, std::chrono::nanoseconds delay) {
  from.pause = options_.loop.schedule(delay, [this, &from] {
    from.pause = io::event_loop::no_timer;
    accept_some(from);
  });
}

/// Connections that come too fast wait in the kernel's queue, as in Kafka: closing them would only
/// make clients come back at once.
bool listeners::must_slow_down(listener& from) {
  const io::monotonic_time now = options_.loop.clock().now();
  const auto delay = std::max(rate_.wait(now), from.rate.wait(now));
  if (delay.count() == 0) {
    return false;
  }
  ++rate_waits_;
  warn("listener " + escaped(from.name) + " accepts more slowly: connections come too fast");
  accept_later(from, std::max<std::chrono::nanoseconds>(delay, rate_wait_min));
  return true;
}

void listeners::take(listener& from, std::unique_ptr<io::stream> stream, shard& to) {
  const std::string address = stream->peer_address();
  if (connections_ >= options_.connections_max) {
    turn_away(address, "connections", options_.connections_max);
    return;
  }
  if (!address_rates_.take(address, options_.loop.clock().now())) {
    turn_away(address, "connections a second of one address", address_rates_.rate_of(address));
    return;
  }
  std::size_t& of_address = per_address_[address];
  if (of_address >= options_.connections_per_address_max) {
    turn_away(address, "connections of one address", options_.connections_per_address_max);
    if (of_address == 0) {
      per_address_.erase(address);
    }
    return;
  }
  ++of_address;
  ++connections_;
  if (to.loop().is_current()) {
    to.adopt(std::move(stream), from.name);
    return;
  }
  to.loop().post(
      [&to, &from, moved = std::move(stream)]() mutable { to.adopt(std::move(moved), from.name); });
}

void listeners::turn_away(const std::string& address, std::string_view limit_name,
                          std::size_t limit) {
  ++turned_away_;
  warn("closed a new connection from " + address + " at once: the limit of " +
       std::to_string(limit) + " " + std::string(limit_name) + " is reached");
}

void listeners::released(const std::string& address) {
  --connections_;
  const auto found = per_address_.find(address);
  TIDEMILL_ASSERT(found != per_address_.end());
  if (--found->second == 0) {
    per_address_.erase(found);
  }
}

void listeners::warn(std::string line) {
  std::uint64_t suppressed = 0;
  if (!gate_.open(options_.loop.clock().now(), suppressed)) {
    return;
  }
  if (suppressed > 0) {
    line += "; " + std::to_string(suppressed) + " such lines were left out before this one";
  }
  options_.log.write(connection_log::level::warning, line);
}

}  // namespace tidemill::network
