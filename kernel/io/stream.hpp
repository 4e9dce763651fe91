#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/disk.hpp"
#include "io/event_loop.hpp"

namespace tidemill::io {

/// A connected byte stream that never blocks: an operation that cannot go on answers
/// std::errc::operation_would_block (generic or system category), and the owner waits for
/// readiness. Everything on the loop thread of the loop that made it. Closing or destroying it
/// drops waiting callbacks without calling them.
class stream {
 public:
  virtual ~stream() = default;

  /// At least one byte, or an error; 0 means that the peer has closed its side.
  [[nodiscard]] virtual result<std::size_t> read_some(mutable_bytes into) = 0;
  /// Fills the pieces one after the other, with one call to the kernel where the stream can. At
  /// least one piece, none of them empty.
  [[nodiscard]] virtual result<std::size_t> read_some(std::span<const mutable_bytes> into) {
    return read_some(into.front());
  }
  /// Gathers the pieces; returns how many bytes the kernel took. `more` says that further bytes
  /// follow at once (MSG_MORE).
  [[nodiscard]] virtual result<std::size_t> write_some(std::span<const bytes_view> pieces,
                                                       bool more) = 0;
  /// Sends from a file without a copy through user space where the stream can; returns how many
  /// bytes were taken.
  [[nodiscard]] virtual result<std::size_t> send_file(const file& from, std::uint64_t position,
                                                      std::size_t size) = 0;

  /// Calls back once when reading (writing) may make progress or has failed. One waiter each.
  virtual void wait_readable(unique_function<void()> ready) = 0;
  virtual void wait_writable(unique_function<void()> ready) = 0;

  virtual void close() noexcept = 0;

  /// "127.0.0.1:40112" or "[::1]:40112"; the address alone in peer_address().
  [[nodiscard]] virtual std::string peer() const = 0;
  [[nodiscard]] virtual std::string peer_address() const = 0;
};

/// A listening socket. Loop thread only.
class acceptor {
 public:
  virtual ~acceptor() = default;
  /// The next connection, or operation_would_block, or an error such as EMFILE.
  [[nodiscard]] virtual result<std::unique_ptr<stream>> accept() = 0;
  /// The same for a stream that will live on another loop: until it has been handed over to
  /// `owner` by a post, only peer(), peer_address() and destruction are allowed.
  [[nodiscard]] virtual result<std::unique_ptr<stream>> accept(event_loop& owner) = 0;
  virtual void wait_acceptable(unique_function<void()> ready) = 0;
  /// The port that was bound: the one asked for, or the one chosen when 0 was asked for.
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  virtual void close() noexcept = 0;
};

}  // namespace tidemill::io
