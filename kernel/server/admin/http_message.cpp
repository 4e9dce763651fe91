#include "server/admin/http_message.hpp"

// The one file that sees Beast, of which only the parser and the serializer are used.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#pragma GCC diagnostic pop

#include "base/assert.hpp"

namespace tidemill::server::admin {

namespace http = boost::beast::http;

struct http_request_reader::state {
  http::request_parser<http::string_body> parser;
  std::string unparsed;
};

namespace {

/// Bytes of the header fields that the library repeats in memory: enough for any real request.
constexpr std::size_t unparsed_size_bytes_max =
    http_request_reader::head_size_bytes_max + http_request_reader::body_size_bytes_max;

bool is_too_large(const boost::system::error_code& error) {
  return error == http::error::header_limit || error == http::error::body_limit ||
         error == http::error::buffer_overflow;
}

std::string to_text(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

http_request_reader::http_request_reader() : state_(std::make_unique<state>()) {
  state_->parser.header_limit(static_cast<std::uint32_t>(head_size_bytes_max));
  state_->parser.body_limit(body_size_bytes_max);
  state_->parser.eager(true);
}

http_request_reader::~http_request_reader() = default;

http_request_reader::progress http_request_reader::put(bytes_view bytes) {
  if (state_->unparsed.size() + bytes.size() > unparsed_size_bytes_max) {
    return progress::too_large;
  }
  state_->unparsed += as_text(bytes);
  // Each call of put() takes one structure: the header, then the body.
  for (int structures = 0; structures < 2 && !state_->parser.is_done(); ++structures) {
    boost::system::error_code error;
    const std::size_t taken = state_->parser.put(boost::asio::buffer(state_->unparsed), error);
    state_->unparsed.erase(0, taken);
    if (error == http::error::need_more) {
      break;
    }
    if (error) {
      return is_too_large(error) ? progress::too_large : progress::malformed;
    }
  }
  return state_->parser.is_done() ? progress::complete : progress::more;
}

http_request http_request_reader::take() {
  TIDEMILL_ASSERT(state_->parser.is_done());
  auto message = state_->parser.release();
  const bool is_from_browser = message.find(http::field::origin) != message.end() ||
                               message.find("Sec-Fetch-Site") != message.end();
  return {to_text(message.method_string()), to_text(message.target()), is_from_browser,
          std::move(message.body())};
}

std::string serialize(const http_response& response, bool with_body) {
  http::response<http::string_body> message{static_cast<http::status>(response.status), 11};
  message.set(http::field::content_type, response.content_type);
  message.set("X-Content-Type-Options", "nosniff");
  message.set(http::field::cache_control, "no-store");
  message.keep_alive(false);
  message.content_length(response.body.size());
  if (response.status == 405) {
    message.set(http::field::allow, response.allowed_methods);
  }
  if (with_body) {
    message.body() = response.body;
  }
  http::response_serializer<http::string_body> writer{message};
  writer.split(!with_body);
  std::string text;
  while (with_body ? !writer.is_done() : !writer.is_header_done()) {
    boost::system::error_code error;
    std::size_t size = 0;
    writer.next(error, [&](boost::system::error_code&, const auto& buffers) {
      for (const auto piece : boost::beast::buffers_range_ref(buffers)) {
        text.append(static_cast<const char*>(piece.data()), piece.size());
        size += piece.size();
      }
    });
    if (error) {
      return {};
    }
    writer.consume(size);
  }
  return text;
}

}  // namespace tidemill::server::admin
