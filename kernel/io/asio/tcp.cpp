#include "io/asio/tcp.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <string_view>
#include <utility>

#include "io/asio/tcp_stream.hpp"

namespace tidemill::io::asio {
namespace {

using boost::asio::ip::tcp;

constexpr int backlog = 4096;  // cut by net.core.somaxconn

descriptor open_reserve() noexcept {
  return descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

class tcp_acceptor final : public acceptor {
 public:
  tcp_acceptor(asio_event_loop& loop, descriptor socket, std::uint16_t port)
      : loop_(loop), port_(port), state_(std::make_shared<state>(loop, socket.native())) {
    state_->native = socket.release();
  }
  ~tcp_acceptor() override { close(); }

  result<std::unique_ptr<stream>> accept() override { return accept(loop_); }

  result<std::unique_ptr<stream>> accept(event_loop& owner) override {
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    descriptor socket(::accept4(state_->native, peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.is_open()) {
      const error_code failure = last_error();
      if (failure == boost::system::errc::too_many_files_open ||
          failure == boost::system::errc::too_many_files_open_in_system) {
        turn_away();
      }
      return failure;
    }
    peer.resize(size);
    const int on = 1;
    ::setsockopt(socket.native(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(socket.native(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    return std::make_unique<tcp_stream>(static_cast<asio_event_loop&>(owner), std::move(socket),
                                        peer);
  }

  void wait_acceptable(unique_function<void()> ready) override {
    const bool in_flight = static_cast<bool>(state_->acceptable);
    state_->acceptable = std::move(ready);
    if (!in_flight) {
      state_->socket.async_wait(waited_descriptor::wait_read,
                                [state = state_](const boost::system::error_code&) {
                                  if (auto call = std::exchange(state->acceptable, nullptr)) {
                                    call();
                                  }
                                });
    }
  }

  std::uint16_t port() const noexcept override { return port_; }

  void close() noexcept override {
    state_->acceptable = nullptr;
    state_->native = -1;
    boost::system::error_code ignored;
    state_->socket.close(ignored);
    reserve_.close();
  }

 private:
  struct state {
    state(asio_event_loop& loop, int listening)
        : socket(loop.context().get_executor(), listening) {}
    waited_descriptor socket;
    int native = -1;
    unique_function<void()> acceptable;
  };

  // A connection that stays in the backlog would wake the loop for ever and leave its client
  // waiting: with the reserved descriptor it is taken and closed.
  void turn_away() noexcept {
    reserve_.close();
    descriptor(::accept4(state_->native, nullptr, nullptr, SOCK_CLOEXEC)).close();
    reserve_ = open_reserve();
  }

  asio_event_loop& loop_;
  std::uint16_t port_;
  std::shared_ptr<state> state_;  // shared with the wait in flight
  descriptor reserve_ = open_reserve();
};

result<tcp::endpoint> look_up(asio_event_loop& loop, const endpoint& where) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(where.host, failure);
  if (!failure) {
    return tcp::endpoint(address, where.port);
  }
  tcp::resolver resolver(loop.context());
  const auto found =
      resolver.resolve(where.host, std::to_string(where.port), tcp::resolver::passive, failure);
  if (failure) {
    return failure;
  }
  return found.begin()->endpoint();
}

result<std::unique_ptr<acceptor>> listen_at(asio_event_loop& loop, tcp::endpoint where,
                                            bool dual_stack) {
  descriptor socket(
      ::socket(where.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket.is_open()) {
    return last_error();
  }
  const int on = 1;
  ::setsockopt(socket.native(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (where.protocol() == tcp::v6()) {
    const int only_ipv6 = dual_stack ? 0 : 1;
    ::setsockopt(socket.native(), IPPROTO_IPV6, IPV6_V6ONLY, &only_ipv6, sizeof(only_ipv6));
  }
  if (where.address().is_loopback()) {
    // Nothing is congested on this path, and what paces (BBR) would arm a timer for every 64 KiB:
    // half of the processor that a large read costs. Reno is in every kernel and paces nothing.
    // Where it is not to be had the system's choice stays.
    constexpr std::string_view unpaced = "reno";
    ::setsockopt(socket.native(), IPPROTO_TCP, TCP_CONGESTION, unpaced.data(),
                 static_cast<socklen_t>(unpaced.size()));
  }
  if (::bind(socket.native(), where.data(), static_cast<socklen_t>(where.size())) != 0 ||
      ::listen(socket.native(), backlog) != 0) {
    return last_error();
  }
  auto size = static_cast<socklen_t>(where.capacity());
  if (::getsockname(socket.native(), where.data(), &size) != 0) {
    return last_error();
  }
  return std::make_unique<tcp_acceptor>(loop, std::move(socket), where.port());
}

}  // namespace

result<std::unique_ptr<acceptor>> listen(event_loop& loop, const endpoint& where) {
  std::signal(SIGPIPE, SIG_IGN);
  auto& own = static_cast<asio_event_loop&>(loop);
  if (!where.host.empty()) {
    TIDEMILL_TRY_ASSIGN(address, look_up(own, where));
    return listen_at(own, address, false);
  }
  auto both = listen_at(own, tcp::endpoint(tcp::v6(), where.port), true);
  if (both || (both.error() != boost::system::errc::address_family_not_supported &&
               both.error() != boost::system::errc::address_not_available)) {
    return both;
  }
  return listen_at(own, tcp::endpoint(tcp::v4(), where.port), false);
}

}  // namespace tidemill::io::asio
