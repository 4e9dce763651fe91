#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>

#include "io/asio/asio_event_loop.hpp"
#include "io/descriptor.hpp"
#include "io/stream.hpp"

namespace tidemill::io::asio {

/// Asio's view of a descriptor that it only waits for; bound to the one executor type that is in
/// use, so that nothing is type-erased.
using waited_descriptor =
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

/// A connected TCP socket. Reads and writes are plain system calls; Asio only tells readiness.
/// Registered with its loop when it first waits. Includes Asio: for this folder only.
class tcp_stream final : public stream {
 public:
  tcp_stream(asio_event_loop& loop, descriptor socket, const boost::asio::ip::tcp::endpoint& peer);
  ~tcp_stream() override;

  [[nodiscard]] result<std::size_t> read_some(mutable_bytes into) override;
  [[nodiscard]] result<std::size_t> read_some(std::span<const mutable_bytes> into) override;
  [[nodiscard]] result<std::size_t> write_some(std::span<const bytes_view> pieces,
                                               bool more) override;
  [[nodiscard]] result<std::size_t> send_file(const file& from, std::uint64_t position,
                                              std::size_t size) override;
  void wait_readable(unique_function<void()> ready) override;
  void wait_writable(unique_function<void()> ready) override;
  void close() noexcept override;
  [[nodiscard]] std::string peer() const override;
  [[nodiscard]] std::string peer_address() const override;

 private:
  struct waiting;

  [[nodiscard]] int native() const noexcept;
  waiting& registered();

  asio_event_loop& loop_;
  descriptor socket_;  // until registered, then waiting_ has it
  boost::asio::ip::tcp::endpoint peer_;
  // Shared with the waits in flight, which end some time after the stream is closed.
  std::shared_ptr<waiting> waiting_;
};

}  // namespace tidemill::io::asio
