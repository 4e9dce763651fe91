#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/frame.hpp"
#include "protocol/message.hpp"

namespace tidemill::testing {

/// A decoded answer together with the bytes that its views borrow from.
template <class Response>
struct answer {
  std::vector<std::byte> frame;
  Response body;
  const Response* operator->() const noexcept { return &body; }
};

/// A blocking client that sends one request and waits for its answer; also sends arbitrary bytes.
/// Test code: errors are exceptions. One thread.
class wire_client {
 public:
  explicit wire_client(std::uint16_t port, const std::string& address = "127.0.0.1");
  ~wire_client();
  wire_client(wire_client&& other) noexcept;
  wire_client& operator=(wire_client&&) = delete;

  template <class Response, class Request>
  answer<Response> call(const Request& request, std::int16_t version) {
    send_request(request, version);
    return receive<Response>(version);
  }

  /// Sends without waiting, to have several requests in flight.
  template <class Request>
  void send_request(const Request& request, std::int16_t version) {
    const auto& api = protocol::describe(Request::api_key);
    protocol::request_header header{};
    header.api_key = static_cast<std::int16_t>(Request::api_key);
    header.api_version = tidemill::api_version{version};
    header.correlation_id = correlation_id{++correlation_};
    header.client_id = client_id_;
    protocol::writer to;
    check(
        protocol::encode(to, header, protocol::request_header_version(api, api_version{version})));
    check(protocol::encode(to, request, api_version{version}));
    auto message = to.finish();
    if (!message) {
      throw std::runtime_error("encode: " + message.error().message());
    }
    std::vector<std::byte> frame(4);
    store_big_endian(frame.data(), static_cast<std::int32_t>(message->bytes.size()));
    frame.insert(frame.end(), message->bytes.begin(), message->bytes.end());
    send_bytes(frame);
  }

  /// The next answer in order.
  template <class Response>
  answer<Response> receive(std::int16_t version) {
    answer<Response> got;
    got.frame = receive_frame();
    protocol::reader from(got.frame);
    const auto header_version = protocol::response_header_version(
        protocol::describe(Response::api_key), api_version{version});
    auto header = protocol::decode<protocol::response_header>(from, header_version);
    if (!header) {
      throw std::runtime_error("response header: " + header.error().message());
    }
    if (header->correlation_id.value() != ++answered_) {
      throw std::runtime_error("answer out of order");
    }
    auto body = protocol::decode<Response>(from, api_version{version});
    if (!body) {
      throw std::runtime_error("response body: " + body.error().message());
    }
    got.body = std::move(*body);
    return got;
  }

  void send_bytes(bytes_view bytes);
  /// One frame without its size; throws when the peer closes or nothing comes for 30 s.
  std::vector<std::byte> receive_frame();
  /// True when the peer closes within the time; bytes that come first are dropped.
  bool is_closed_within(int milliseconds);
  void set_client_id(std::string id) { client_id_ = std::move(id); }

 private:
  static void check(const result<void>& outcome) {
    if (!outcome) {
      throw std::runtime_error("encode: " + outcome.error().message());
    }
  }
  void receive_exactly(std::byte* into, std::size_t size);

  int descriptor_ = -1;
  std::int32_t correlation_ = 0;
  std::int32_t answered_ = 0;
  std::string client_id_ = "test";
};

}  // namespace tidemill::testing
