#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "io/stream.hpp"
#include "network/response_queue.hpp"

namespace tidemill::network {

/// Writes the completed responses at the head of a response_queue to a stream, in order: all bytes
/// that stand before the next large file range in one gathered write, small ranges copied in among
/// them, large ranges by send_file in slices. Loop thread of its connection.
class response_writer {
 public:
  /// Ranges below this size are copied through user space: cheaper than a system call of their own.
  static constexpr std::size_t copied_range_bytes_max = 32U << 10U;
  static constexpr std::size_t slice_bytes_max = 1U << 20U;

  enum class outcome : std::uint8_t {
    done,         ///< nothing that is completed is left
    turn_over,    ///< the turn's bytes are spent, more is left
    blocked,      ///< the stream takes no more for now
    cold,         ///< the range of take_cold_range() must be read ahead first
    close_asked,  ///< the head of the queue asks to close; everything before it has left
    peer_failed,  ///< the stream failed: error()
    file_failed   ///< a file range could not be read: error()
  };

  /// Where small ranges are copied to; one for all connections of a shard.
  using scratch = std::array<std::byte, 128U << 10U>;

  /// Writes about `turn_bytes_max` bytes at most. `sent` grows by what the stream took.
  [[nodiscard]] outcome write(response_queue& queue, io::stream& to, scratch& copies,
                              std::size_t turn_bytes_max, std::uint64_t& sent);

  /// After `cold`: the range that is not resident. The next write takes it for resident.
  [[nodiscard]] file_slice take_cold_range(response_queue& queue) noexcept;
  [[nodiscard]] error_code error() const noexcept { return error_; }

 private:
  static constexpr std::size_t pieces_max = 64;
  struct gathered {
    std::array<bytes_view, pieces_max> pieces;
    std::size_t count = 0;
    std::size_t bytes = 0;
    std::size_t copied = 0;
    bool range_follows = false;  // a large range stands behind the pieces
    bool cold = false;           // a range behind the pieces is not resident
  };
  // Where the gathering stands; the writer's own position moves only by what the stream took.
  struct position {
    std::size_t entry = 0;
    std::size_t byte = 0;
    std::size_t slice = 0;
    std::uint64_t slice_byte = 0;
  };

  [[nodiscard]] result<void> gather(response_queue& queue, scratch& copies, gathered& into) const;
  [[nodiscard]] bool gather_bytes(const response& answer, position& at, gathered& into) const;
  enum class gathering : std::uint8_t { go_on, stop };
  [[nodiscard]] result<gathering> gather_range(const response& answer, position& at,
                                               scratch& copies, gathered& into) const;
  [[nodiscard]] outcome send_range(response_queue& queue, io::stream& to, std::size_t size_max,
                                   std::uint64_t& sent);
  void advance(response_queue& queue, std::size_t bytes) noexcept;
  void pop_finished(response_queue& queue) noexcept;
  [[nodiscard]] outcome failed(error_code error) noexcept;

  std::size_t byte_ = 0;          // bytes of the head response that have left
  std::size_t slice_ = 0;         // ranges of it that have left
  std::uint64_t slice_byte_ = 0;  // bytes of the next range that have left
  std::uint64_t warm_until_ = 0;  // bytes of the next range that need no residency check
  error_code error_;
};

}  // namespace tidemill::network
