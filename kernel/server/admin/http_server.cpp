#include "server/admin/http_server.hpp"

#include <algorithm>
#include <utility>

#include "server/admin/http_connection.hpp"

namespace tidemill::server::admin {

http_server::http_server(const http_server_options& options, io::event_loop& loop,
                         std::unique_ptr<io::acceptor> acceptor, routes& paths)
    : options_(options), loop_(loop), acceptor_(std::move(acceptor)), paths_(paths) {}

http_server::~http_server() {
  acceptor_->close();
  for (auto& [id, connection] : open_) {
    connection->abandon();
  }
}

void http_server::start() {
  acceptor_->wait_acceptable([this] { accept_all(); });
}

void http_server::accept_all() {
  // Bounded, so that a flood of connections does not keep the loop from other work.
  for (std::size_t accepted = 0; accepted < options_.connections_max; ++accepted) {
    auto stream = acceptor_->accept();
    if (!stream) {
      break;
    }
    if (open_.size() < options_.connections_max || make_room()) {
      add(std::move(*stream));
    }
  }
  start();
}

/// Peers that send half a request, or do not read their answer, must not keep others out.
bool http_server::make_room() {
  const auto oldest = std::ranges::find_if(
      open_, [](const auto& entry) { return !entry.second->is_being_served(); });
  if (oldest == open_.end()) {
    return false;
  }
  oldest->second->abandon();
  open_.erase(oldest);
  return true;
}

void http_server::add(std::unique_ptr<io::stream> stream) {
  const std::uint64_t id = next_id_++;
  // The entry goes by a task of its own: the connection is still running when it says it ended.
  auto connection = std::make_shared<http_connection>(
      std::move(stream), loop_, paths_, [this, id, alive = std::weak_ptr<int>(alive_)] {
        loop_.post([this, id, alive] {
          if (!alive.expired()) {
            open_.erase(id);
          }
        });
      });
  open_.emplace(id, connection);
  connection->start(options_.request_deadline, options_.deadline);
}

}  // namespace tidemill::server::admin
