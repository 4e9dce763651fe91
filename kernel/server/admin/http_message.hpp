#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace tidemill::server::admin {

struct http_request {
  std::string method;
  /// As it was sent, with the query if there is one.
  std::string target;
  /// It bears a field that browsers add to what pages send (Origin, Sec-Fetch-Site).
  bool is_from_browser = false;
  std::string body = {};
};

struct http_response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  /// Of a 405.
  std::string allowed_methods = {};
};

/// Reads one request from bytes as they come; no I/O. One thread at a time.
class http_request_reader {
 public:
  /// Of the request line and all header fields together.
  static constexpr std::size_t head_size_bytes_max = 8192;
  /// The largest that is taken is the text of a rule.
  static constexpr std::size_t body_size_bytes_max = std::size_t{66} << 10;

  enum class progress { more, complete, malformed, too_large };

  http_request_reader();
  ~http_request_reader();
  http_request_reader(const http_request_reader&) = delete;
  http_request_reader& operator=(const http_request_reader&) = delete;

  /// Takes the next bytes. After anything but `more` it takes no others.
  [[nodiscard]] progress put(bytes_view bytes);
  /// The request; once, after `complete`.
  [[nodiscard]] http_request take();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The response as it goes out. Always ends the connection (Connection: close), and never lets a
/// browser guess at the content or keep it.
[[nodiscard]] std::string serialize(const http_response& response, bool with_body);

}  // namespace tidemill::server::admin
