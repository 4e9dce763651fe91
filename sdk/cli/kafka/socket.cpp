#include "kafka/socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace tidemill::cli {
namespace {

using clock = tcp_socket::clock;

struct address_deleter {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// 0: ready. Otherwise the errno.
int wait_for(int handle, short events, clock::time_point deadline) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
  pollfd wanted{handle, events, 0};
  const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<long long>(0, left)));
  return ready > 0 ? 0 : ready == 0 ? ETIMEDOUT : errno;
}

int connect_to(int handle, const addrinfo& address, clock::time_point deadline) noexcept {
  if (::connect(handle, address.ai_addr, address.ai_addrlen) == 0) {
    return 0;
  }
  if (errno != EINPROGRESS) {
    return errno;
  }
  if (const int failed = wait_for(handle, POLLOUT, deadline); failed != 0) {
    return failed;
  }
  int why = 0;
  socklen_t size = sizeof why;
  ::getsockopt(handle, SOL_SOCKET, SO_ERROR, &why, &size);
  return why;
}

problem broken(int why) {
  return {std::string("the connection broke: ") + std::strerror(why), "try again"};
}

}  // namespace

outcome<tcp_socket> tcp_socket::open(const endpoint& where, clock::time_point deadline) {
  const std::string name = where.host + ":" + where.port;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found);
      failed != 0) {
    return problem{name + ": " + ::gai_strerror(failed), ""};
  }
  const std::unique_ptr<addrinfo, address_deleter> list(found);
  int why = 0;
  for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
    const int handle = ::socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (handle < 0) {
      why = errno;
      continue;
    }
    tcp_socket made(handle);
    why = connect_to(handle, *one, deadline);
    if (why == 0) {
      const int on = 1;
      ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return made;
    }
  }
  return problem{name + ": " + std::strerror(why), ""};
}

tcp_socket::~tcp_socket() {
  if (handle_ >= 0) {
    ::close(handle_);
  }
}

outcome<void> tcp_socket::send(std::span<const std::byte> bytes, clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    const int failed = errno == EAGAIN ? wait_for(handle_, POLLOUT, deadline) : errno;
    if (failed != 0) {
      return broken(failed);
    }
  }
  return boost::system::in_place_value;
}

outcome<void> tcp_socket::receive(std::span<std::byte> into, clock::time_point deadline) {
  while (!into.empty()) {
    const ssize_t got = ::recv(handle_, into.data(), into.size(), 0);
    if (got == 0) {
      return problem{"the broker closed the connection instead of answering",
                     "does it speak Kafka's protocol, in plain text, at this port?"};
    }
    if (got > 0) {
      into = into.subspan(static_cast<std::size_t>(got));
      continue;
    }
    const int failed = errno == EAGAIN ? wait_for(handle_, POLLIN, deadline) : errno;
    if (failed != 0) {
      return broken(failed);
    }
  }
  return boost::system::in_place_value;
}

}  // namespace tidemill::cli
