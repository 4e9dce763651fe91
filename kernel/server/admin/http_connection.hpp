#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/unique_function.hpp"
#include "io/event_loop.hpp"
#include "io/stream.hpp"
#include "server/admin/http_message.hpp"
#include "server/admin/routes.hpp"

namespace tidemill::server::admin {

/// One connection: reads a request, has it served, writes the response, ends. Loop thread only.
/// Shared, because an answer may come when the connection has gone.
class http_connection : public std::enable_shared_from_this<http_connection> {
 public:
  /// `ended` is called once, when there is nothing left to do; it may destroy the connection.
  http_connection(std::unique_ptr<io::stream> stream, io::event_loop& loop, routes& paths,
                  unique_function<void()> ended);

  /// Reads; ends when the request is not there, or the response not gone, within so long from now.
  void start(std::chrono::nanoseconds request_deadline, std::chrono::nanoseconds deadline);
  /// Ends without calling `ended`.
  void abandon();
  /// A whole request has come and its answer is being made.
  [[nodiscard]] bool is_being_served() const noexcept { return is_being_served_; }

 private:
  void end_after(std::chrono::nanoseconds span);
  void read();
  void serve();
  void respond(const http_response& response);
  void write();
  /// The response is out: takes what else was sent, because unread bytes would turn the close into
  /// a reset that may overtake the response.
  void drain();
  void end();

  std::unique_ptr<io::stream> stream_;
  io::event_loop& loop_;
  routes& paths_;
  unique_function<void()> ended_;
  io::event_loop::timer_id deadline_ = io::event_loop::no_timer;
  std::chrono::nanoseconds after_request_{};
  http_request_reader reader_;
  bool with_body_ = true;
  bool is_being_served_ = false;
  std::string out_;
  std::size_t written_ = 0;
};

}  // namespace tidemill::server::admin
