#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/endpoint.hpp"
#include "io/event_loop.hpp"
#include "io/stream.hpp"
#include "network/address_rates.hpp"
#include "network/connection_log.hpp"
#include "network/connection_rate.hpp"
#include "network/limits.hpp"
#include "network/log_gate.hpp"
#include "network/shard.hpp"

namespace tidemill::network {

/// One listener as the configuration names it.
struct listener_options {
  std::string name;         ///< unique, such as "plain"
  io::endpoint address;     ///< where it listens
  io::endpoint advertised;  ///< what Metadata tells clients that came in through it
};

struct listeners_options {
  io::event_loop& loop;  ///< on which connections are accepted
  connection_log& log;
  std::size_t connections_max = 0;              ///< of all shards: limits::connections_max
  std::size_t connections_per_address_max = 0;  ///< limits::connections_per_address_max
  std::size_t connections_per_second_max = 0;   ///< limits::connections_per_second_max
};

/// Accepts the connections of all listeners and spreads them over the shards in turn. One acceptor
/// for each listener, and not one for each shard: the kernel's spreading by address leaves shards
/// idle when connections are few. Everything on its loop; destroyed after all loops have ended.
class listeners {
 public:
  /// The shards outlive it.
  listeners(const listeners_options& options, std::vector<shard*> shards);
  ~listeners();
  listeners(const listeners&) = delete;
  listeners& operator=(const listeners&) = delete;

  /// Adds a socket that listens on the same loop, and how many connections may come in through it
  /// in a second (0: only the limit on all listeners counts). Before start().
  void add(std::string name, std::unique_ptr<io::acceptor> acceptor,
           std::size_t connections_per_second_max = 0);
  /// Begins to accept.
  void start();
  /// Closes the sockets. Connections stay.
  void stop() noexcept;

  /// Changes how many connections are taken from now on; those that are open stay.
  void change_limits(std::size_t connections_max,
                     std::size_t connections_per_address_max) noexcept {
    options_.connections_max = connections_max;
    options_.connections_per_address_max = connections_per_address_max;
  }
  /// The same for how many are taken in a second, through all listeners; those beyond wait in the
  /// kernel's queue. 0: no limit.
  void change_rate(std::size_t connections_per_second_max) noexcept {
    rate_.change(connections_per_second_max);
  }

  /// The same for each address; those beyond are closed at once, so that they do not keep others
  /// from being taken.
  void change_address_rates(address_rates::named_rates named, std::size_t others) {
    address_rates_.change(std::move(named), others);
  }

  /// Connections that were closed at once because of a limit.
  [[nodiscard]] std::uint64_t turned_away() const noexcept { return turned_away_; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  /// Times that accepting waited because connections came too fast.
  [[nodiscard]] std::uint64_t rate_waits() const noexcept { return rate_waits_; }

 private:
  struct listener {
    std::string name;
    std::unique_ptr<io::acceptor> acceptor;
    connection_rate rate;
    io::event_loop::timer_id pause = io::event_loop::no_timer;
  };

  void accept_some(listener& from);
  [[nodiscard]] bool must_slow_down(listener& from);
  void accept_later(listener& from, std::chrono::nanoseconds delay);
  void wait(listener& from);
  void pause(listener& from, const error_code& failure);
  void take(listener& from, std::unique_ptr<io::stream> stream, shard& to);
  void turn_away(const std::string& address, std::string_view limit_name, std::size_t limit);
  void released(const std::string& address);
  void warn(std::string line);

  listeners_options options_;
  std::vector<shard*> shards_;
  std::vector<std::unique_ptr<listener>> listeners_;
  std::unordered_map<std::string, std::size_t> per_address_;
  std::size_t connections_ = 0;
  std::size_t next_shard_ = 0;
  std::uint64_t turned_away_ = 0;
  std::uint64_t rate_waits_ = 0;
  connection_rate rate_;
  address_rates address_rates_;
  log_gate gate_;
};

}  // namespace tidemill::network
