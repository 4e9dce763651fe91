#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "kafka/connection.hpp"

namespace tidemill::cli {

/// A TCP connection that waits, until a deadline. One thread.
class tcp_socket {
 public:
  using clock = std::chrono::steady_clock;

  /// The problem says "host:port: why".
  [[nodiscard]] static outcome<tcp_socket> open(const endpoint& where, clock::time_point deadline);
  tcp_socket(tcp_socket&& other) noexcept : handle_(other.handle_) { other.handle_ = -1; }
  tcp_socket& operator=(tcp_socket&&) = delete;
  ~tcp_socket();

  [[nodiscard]] outcome<void> send(std::span<const std::byte> bytes, clock::time_point deadline);
  /// All of `into`, or a problem.
  [[nodiscard]] outcome<void> receive(std::span<std::byte> into, clock::time_point deadline);

 private:
  explicit tcp_socket(int handle) noexcept : handle_(handle) {}

  int handle_;
};

}  // namespace tidemill::cli
