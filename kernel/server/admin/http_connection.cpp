#include "server/admin/http_connection.hpp"

#include <utility>

namespace tidemill::server::admin {
namespace {

constexpr std::size_t read_size_bytes = 2048;

bool would_block(const error_code& error) {
  return error == boost::system::errc::operation_would_block ||
         error == boost::system::errc::resource_unavailable_try_again;
}

http_response refusal(http_request_reader::progress why) {
  if (why == http_request_reader::progress::too_large) {
    return {431, "text/plain; charset=utf-8", "The request is too large.\n"};
  }
  return {400, "text/plain; charset=utf-8", "This is not an HTTP request.\n"};
}

}  // namespace

http_connection::http_connection(std::unique_ptr<io::stream> stream, io::event_loop& loop,
                                 routes& paths, unique_function<void()> ended)
    : stream_(std::move(stream)), loop_(loop), paths_(paths), ended_(std::move(ended)) {}

void http_connection::start(std::chrono::nanoseconds request_deadline,
                            std::chrono::nanoseconds deadline) {
  after_request_ = deadline - request_deadline;
  end_after(request_deadline);
  read();
}

void http_connection::end_after(std::chrono::nanoseconds span) {
  loop_.cancel(std::exchange(deadline_, io::event_loop::no_timer));
  deadline_ = loop_.schedule(span, [self = weak_from_this()] {
    if (const auto alive = self.lock()) {
      alive->end();
    }
  });
}

void http_connection::abandon() {
  ended_ = nullptr;
  end();
}

void http_connection::read() {
  std::array<std::byte, read_size_bytes> bytes;
  // Bounded: the reader refuses more than its limits.
  while (true) {
    const auto size = stream_->read_some(bytes);
    if (!size && would_block(size.error())) {
      stream_->wait_readable([this] { read(); });
      return;
    }
    if (!size || *size == 0) {
      return end();
    }
    const auto progress = reader_.put(mutable_bytes(bytes).first(*size));
    if (progress == http_request_reader::progress::complete) {
      return serve();
    }
    if (progress != http_request_reader::progress::more) {
      return respond(refusal(progress));
    }
  }
}

void http_connection::serve() {
  end_after(after_request_);
  is_being_served_ = true;
  const http_request request = reader_.take();
  with_body_ = request.method != "HEAD";
  paths_.serve(request, [self = weak_from_this()](const http_response& response) {
    if (const auto alive = self.lock(); alive != nullptr && alive->stream_ != nullptr) {
      alive->respond(response);
    }
  });
}

void http_connection::respond(const http_response& response) {
  is_being_served_ = false;
  out_ = serialize(response, with_body_);
  write();
}

void http_connection::write() {
  while (written_ < out_.size()) {
    const bytes_view piece = as_bytes(std::string_view(out_).substr(written_));
    const auto size = stream_->write_some(std::span(&piece, 1), false);
    if (!size && would_block(size.error())) {
      stream_->wait_writable([this] { write(); });
      return;
    }
    if (!size) {
      return end();
    }
    written_ += *size;
  }
  drain();
}

void http_connection::drain() {
  std::array<std::byte, read_size_bytes> bytes;
  for (int reads = 0; reads < 16; ++reads) {
    const auto size = stream_->read_some(bytes);
    if (!size || *size == 0) {
      break;
    }
  }
  end();
}

void http_connection::end() {
  loop_.cancel(std::exchange(deadline_, io::event_loop::no_timer));
  if (stream_ != nullptr) {
    std::exchange(stream_, nullptr)->close();
  }
  if (auto ended = std::exchange(ended_, nullptr)) {
    ended();
  }
}

}  // namespace tidemill::server::admin
