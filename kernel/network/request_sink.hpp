#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "io/disk.hpp"

namespace tidemill::network {

/// What the room behind the sink wants to keep with a connection; destroyed with it, on its loop.
class connection_state {
 public:
  virtual ~connection_state() = default;
};

/// A connection as the sink sees it. Lives on its loop until the last responder of the connection
/// is gone, also when the peer has left before.
struct connection_info {
  std::uint64_t id = 0;         ///< unique in the process
  std::string listener;         ///< name of the listener that accepted it
  std::string peer;             ///< "127.0.0.1:40112" or "[::1]:40112"
  std::string peer_address;     ///< the address alone
  std::size_t shard_index = 0;  ///< the shard whose loop it lives on

  /// Set by the sink (KIP-511); never read by this room but for log lines, where they are escaped.
  std::string client_software_name;
  std::string client_software_version;
  std::unique_ptr<connection_state> state;
};

/// One whole frame without its int32 size, 0 < frame.size() <= limits::request_size_bytes_max.
struct request {
  /// Mutable: a produce request patches its batches in place. Nobody else reads these bytes.
  mutable_bytes frame;
  /// Keeps the frame alive; may be copied and dropped on any thread.
  std::shared_ptr<void> owner;
  connection_info& connection;
};

/// A range of a file that goes out between two bytes of a response.
struct file_slice {
  /// Shared: the segment may be deleted while the range is still on its way to the peer.
  std::shared_ptr<const io::file> file;
  std::uint64_t position = 0;
  std::uint64_t size = 0;
  /// The number of bytes of response::bytes that go out before the range.
  std::size_t insert_at = 0;
};

/// A whole frame. The int32 size at its head counts the slices too; the sink writes it.
struct response {
  byte_buffer bytes;
  /// Ordered by insert_at.
  std::vector<file_slice> slices;
  /// Nothing more is read from the connection until this long after the response was queued
  /// (KIP-219: answer first, then mute).
  std::chrono::milliseconds mute{0};
};

/// Where a responder delivers to; implemented by the connection, and by tests of the sink. Loop
/// thread only. Each ticket ends in exactly one of the first three calls.
class response_channel {
 public:
  virtual ~response_channel() = default;
  virtual void send(std::uint64_t ticket, response&& answer) = 0;
  virtual void send_nothing(std::uint64_t ticket, std::chrono::milliseconds mute) = 0;
  virtual void close(std::uint64_t ticket, std::string_view reason) = 0;
  virtual void waits(std::uint64_t ticket) = 0;
};

/// The duty to answer one request. Move-only; used exactly once, on the loop of the connection,
/// within handle() or any time later. One that is destroyed unused closes the connection. Using it
/// after the peer has left is harmless.
class responder {
 public:
  responder() noexcept = default;
  responder(std::shared_ptr<response_channel> channel, std::uint64_t ticket) noexcept
      : channel_(std::move(channel)), ticket_(ticket) {}
  responder(responder&&) noexcept = default;
  responder& operator=(responder&& other) noexcept {
    if (this != &other) {
      abandon();
      channel_ = std::move(other.channel_);
      ticket_ = other.ticket_;
    }
    return *this;
  }
  responder(const responder&) = delete;
  responder& operator=(const responder&) = delete;
  ~responder() { abandon(); }

  /// Queues the response; it leaves after those of all earlier requests of the connection.
  void send(response&& answer) {
    std::exchange(channel_, nullptr)->send(ticket_, std::move(answer));
  }
  /// The request has no response (produce with acks 0). `mute`: as that of a response.
  void send_nothing(std::chrono::milliseconds mute = {}) {
    std::exchange(channel_, nullptr)->send_nothing(ticket_, mute);
  }
  /// Closes the connection once the responses of all earlier requests have left. One log line says
  /// why; the reason is escaped and cut.
  void close(std::string_view reason) { std::exchange(channel_, nullptr)->close(ticket_, reason); }

  /// The request waits for what others do, perhaps for long. Its bytes are no longer counted as
  /// those of a request in work, for that would keep everybody from being read: whoever lets it
  /// wait bounds what such requests hold. At most once.
  void waits() { channel_->waits(ticket_); }

  /// False once it was used, moved from, or never given.
  explicit operator bool() const noexcept { return channel_ != nullptr; }

 private:
  void abandon() noexcept {
    if (channel_ != nullptr) {
      std::exchange(channel_, nullptr)->close(ticket_, "a request was dropped without an answer");
    }
  }

  // Shared: the connection outlives every request in work, whatever the peer does.
  std::shared_ptr<response_channel> channel_;
  std::uint64_t ticket_ = 0;
};

/// The room behind the connections. One instance for each shard; loop thread only.
class request_sink {
 public:
  virtual ~request_sink() = default;

  /// Takes a request. The next request of the connection is handed over when this one is answered,
  /// or at once when may_pipeline said so for both.
  virtual void handle(request work, responder answer) = 0;

  /// True when the frame's request may be in work together with other such requests of its
  /// connection, because the sink starts them in the order in which they come (Produce). Responses
  /// leave in the order of the requests in any case.
  [[nodiscard]] virtual bool may_pipeline(bytes_view frame) const noexcept = 0;

  /// The connection is closed. Requests of it may still be in work; waiting ones (long polls) are
  /// best answered now, the answer goes nowhere.
  virtual void connection_closed(connection_info& connection) noexcept = 0;

  /// Answers the requests that wait for something to happen (long polls) with what there is.
  virtual void answer_waiting() {}
  /// The same, and from now on no request waits: the connections are to be drained.
  virtual void stop_waiting() { answer_waiting(); }
};

}  // namespace tidemill::network
