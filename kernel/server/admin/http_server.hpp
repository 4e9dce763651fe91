#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "base/unique_function.hpp"
#include "io/event_loop.hpp"
#include "io/stream.hpp"
#include "server/admin/routes.hpp"

namespace tidemill::server::admin {

struct http_server_options {
  /// When one more comes, the oldest that is not being served makes room for it.
  std::size_t connections_max = 64;
  /// From the connection to the last byte of the request.
  std::chrono::nanoseconds request_deadline = std::chrono::seconds(2);
  /// From the connection to the last byte of the response.
  std::chrono::nanoseconds deadline = std::chrono::seconds(10);
};

class http_connection;

/// Serves one request for each connection. Everything on one loop. Handlers that answer after the
/// connection has gone answer into the void.
class http_server {
 public:
  http_server(const http_server_options& options, io::event_loop& loop,
              std::unique_ptr<io::acceptor> acceptor, routes& paths);
  /// Closes the acceptor and all connections.
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  void start();
  [[nodiscard]] std::uint16_t port() const noexcept { return acceptor_->port(); }
  [[nodiscard]] std::size_t connection_count() const noexcept { return open_.size(); }

 private:
  void accept_all();
  void add(std::unique_ptr<io::stream> stream);
  [[nodiscard]] bool make_room();

  http_server_options options_;
  io::event_loop& loop_;
  std::unique_ptr<io::acceptor> acceptor_;
  routes& paths_;
  // Shared with the answers in work, which may come after the connection was dropped here.
  std::map<std::uint64_t, std::shared_ptr<http_connection>> open_;
  std::uint64_t next_id_ = 0;
  // Tells tasks that come late that the server has gone.
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace tidemill::server::admin
