#include "tests/support/wire_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tidemill::testing {
namespace {

constexpr int answer_timeout_ms = 30'000;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

wire_client::wire_client(std::uint16_t port, const std::string& address)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  if (descriptor_ < 0 || ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
    errno = error;
    fail("connect");
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

wire_client::~wire_client() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

wire_client::wire_client(wire_client&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      correlation_(other.correlation_),
      answered_(other.answered_),
      client_id_(std::move(other.client_id_)) {}

void wire_client::send_bytes(bytes_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      fail("send");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

void wire_client::receive_exactly(std::byte* into, std::size_t size) {
  while (size > 0) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, answer_timeout_ms) <= 0) {
      throw std::runtime_error("no answer in time");
    }
    const auto received = ::recv(descriptor_, into, size, 0);
    if (received == 0) {
      throw std::runtime_error("closed by the broker");
    }
    if (received < 0) {
      fail("recv");
    }
    into += received;
    size -= static_cast<std::size_t>(received);
  }
}

std::vector<std::byte> wire_client::receive_frame() {
  std::array<std::byte, 4> prefix{};
  receive_exactly(prefix.data(), prefix.size());
  std::vector<std::byte> frame(
      static_cast<std::size_t>(load_big_endian<std::int32_t>(prefix.data())));
  receive_exactly(frame.data(), frame.size());
  return frame;
}

bool wire_client::is_closed_within(int milliseconds) {
  std::array<char, 4096> dropped{};
  while (true) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, milliseconds) <= 0) {
      return false;
    }
    if (::recv(descriptor_, dropped.data(), dropped.size(), 0) <= 0) {
      return true;
    }
  }
}

}  // namespace tidemill::testing
