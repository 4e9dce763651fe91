#include "io/asio/tcp_stream.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::io::asio {
namespace {

constexpr std::size_t pieces_per_call_max = 64;

template <class Call>
result<std::size_t> until_not_interrupted(Call&& call) noexcept {
  while (true) {
    const ssize_t count = call();
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) {
      return last_error();
    }
  }
}

template <class Pieces>
std::size_t gather(Pieces pieces, std::array<iovec, pieces_per_call_max>& into) noexcept {
  const std::size_t count = std::min(pieces.size(), into.size());
  for (std::size_t i = 0; i < count; ++i) {
    into[i] = {.iov_base = const_cast<std::byte*>(pieces[i].data()), .iov_len = pieces[i].size()};
  }
  return count;
}

boost::asio::ip::address plain_address(const boost::asio::ip::tcp::endpoint& peer) {
  const auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

struct tcp_stream::waiting {
  waiting(asio_event_loop& loop, int native) : socket(loop.context().get_executor(), native) {}

  static void wait(const std::shared_ptr<waiting>& self, waited_descriptor::wait_type kind,
                   unique_function<void()> waiting::* callback) {
    self->socket.async_wait(kind, [self, callback](const boost::system::error_code&) {
      // Closing forgets the callbacks; every other outcome is found out by the next read or write.
      if (unique_function<void()> ready = std::exchange((*self).*callback, nullptr)) {
        ready();
      }
    });
  }

  waited_descriptor socket;
  unique_function<void()> readable;
  unique_function<void()> writable;
};

tcp_stream::tcp_stream(asio_event_loop& loop, descriptor socket,
                       const boost::asio::ip::tcp::endpoint& peer)
    : loop_(loop), socket_(std::move(socket)), peer_(peer) {}

tcp_stream::~tcp_stream() {
  close();
}

int tcp_stream::native() const noexcept {
  return waiting_ ? const_cast<waiting&>(*waiting_).socket.native_handle() : socket_.native();
}

result<std::size_t> tcp_stream::read_some(mutable_bytes into) {
  TIDEMILL_ASSERT(!into.empty());
  return until_not_interrupted(
      [&] { return ::recv(native(), into.data(), into.size(), MSG_DONTWAIT); });
}

result<std::size_t> tcp_stream::read_some(std::span<const mutable_bytes> into) {
  if (into.size() == 1) {  // the usual case, and recv is the cheaper call
    return read_some(into.front());
  }
  std::array<iovec, pieces_per_call_max> vector;
  const int count = static_cast<int>(gather(into, vector));
  return until_not_interrupted([&] { return ::readv(native(), vector.data(), count); });
}

result<std::size_t> tcp_stream::write_some(std::span<const bytes_view> pieces, bool more) {
  if (pieces.size() == 1) {
    const bytes_view piece = pieces.front();
    const int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    return until_not_interrupted(
        [&] { return ::send(native(), piece.data(), piece.size(), send_flags); });
  }
  std::array<iovec, pieces_per_call_max> vector;
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = gather(pieces, vector);
  const int flags =
      MSG_DONTWAIT | MSG_NOSIGNAL | (more || pieces.size() > message.msg_iovlen ? MSG_MORE : 0);
  return until_not_interrupted([&] { return ::sendmsg(native(), &message, flags); });
}

result<std::size_t> tcp_stream::send_file(const file& from, std::uint64_t position,
                                          std::size_t size) {
  auto at = static_cast<off_t>(position);
  return until_not_interrupted(
      [&] { return ::sendfile(native(), from.native_handle(), &at, size); });
}

tcp_stream::waiting& tcp_stream::registered() {
  if (!waiting_) {
    waiting_ = std::make_shared<waiting>(loop_, socket_.native());
    const int owned_by_asio = socket_.release();
    TIDEMILL_ASSERT(owned_by_asio == waiting_->socket.native_handle());
  }
  return *waiting_;
}

void tcp_stream::wait_readable(unique_function<void()> ready) {
  const bool in_flight = static_cast<bool>(registered().readable);
  waiting_->readable = std::move(ready);
  if (!in_flight) {
    waiting::wait(waiting_, waited_descriptor::wait_read, &waiting::readable);
  }
}

void tcp_stream::wait_writable(unique_function<void()> ready) {
  const bool in_flight = static_cast<bool>(registered().writable);
  waiting_->writable = std::move(ready);
  if (!in_flight) {
    waiting::wait(waiting_, waited_descriptor::wait_write, &waiting::writable);
  }
}

void tcp_stream::close() noexcept {
  socket_.close();
  if (const std::shared_ptr<waiting> closing = std::exchange(waiting_, nullptr)) {
    closing->readable = nullptr;
    closing->writable = nullptr;
    boost::system::error_code ignored;
    closing->socket.close(ignored);
  }
}

std::string tcp_stream::peer() const {
  const auto address = plain_address(peer_);
  const std::string text = address.to_string();
  return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(peer_.port());
}

std::string tcp_stream::peer_address() const {
  return plain_address(peer_).to_string();
}

}  // namespace tidemill::io::asio
