#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "network/memory_budget.hpp"
#include "network/slab_pool.hpp"

namespace tidemill::network {

/// One whole frame without its size.
struct frame {
  mutable_bytes bytes;
  std::shared_ptr<void> owner;
};

/// Cuts the bytes of one connection into frames: an int32 size, big endian, then that many bytes.
/// Whole frames stay where they were read; the beginning of a frame moves into a buffer of its own,
/// which grows as bytes arrive and never to the announced size at once (S1). Between frames it owns
/// nothing. Pure; loop thread of its connection.
///
///   while (reserve()) { read into pieces(); accept(); while (next(f) == frame) {...} }
class frame_reader {
 public:
  /// What each connection may hold of a half-read frame without asking the budget: large enough for
  /// a request with a 64 KiB batch. All of them together: see held_memory.
  static constexpr std::size_t share_bytes = 72U << 10U;
  /// Frames up to this size are copied out of the slab, so that a long poll of some hundred bytes
  /// does not keep a slab.
  static constexpr std::size_t copied_bytes_max = 2048;

  enum class outcome { frame, incomplete, size_invalid };
  using read_pieces = std::array<mutable_bytes, 2>;

  frame_reader(std::size_t frame_size_bytes_max, memory_budget& budget,
               memory_budget::connection_id who) noexcept
      : frame_size_bytes_max_(frame_size_bytes_max), budget_(budget), who_(who) {}
  ~frame_reader() { forget(); }
  frame_reader(const frame_reader&) = delete;
  frame_reader& operator=(const frame_reader&) = delete;

  /// Makes room for the next read; false when the budget is spent.
  [[nodiscard]] bool reserve() noexcept;
  /// Where to read to: the frame's own buffer and then the room, or one of them. Valid until the
  /// next call. Only while has_input() is false and after reserve().
  [[nodiscard]] std::span<const mutable_bytes> pieces(const read_room& room,
                                                      read_pieces& into) const noexcept;
  /// Takes the first `size` bytes of the pieces as read; returns how many of them are in the room.
  std::size_t accept(std::size_t size, const read_room& room);
  /// The next whole frame. After size_invalid only bad_size() and destruction make sense.
  [[nodiscard]] outcome next(frame& into);

  /// Bytes are left that next() has not looked at.
  [[nodiscard]] bool has_input() const noexcept { return !input_.empty(); }
  /// Lets go of the room of the last read; true when it must be kept for what was handed out.
  [[nodiscard]] bool leave_room();

  /// A frame has begun and is not whole.
  [[nodiscard]] bool is_inside_frame() const noexcept { return prefix_size_ != 0; }
  /// Bytes of that frame that have come, its size included.
  [[nodiscard]] std::size_t received() const noexcept { return prefix_size_ + filled_; }
  /// Bytes of it that have not come, as far as that is known.
  [[nodiscard]] std::size_t missing() const noexcept {
    return prefix_size_ == prefix_.size() ? announced_ - filled_ : 0;
  }
  /// Bytes that it holds and others could use: those that the budget knows of.
  [[nodiscard]] std::size_t charged() const noexcept {
    return capacity_ > share_bytes ? capacity_ - share_bytes : 0;
  }
  /// Bytes that it holds and the budget does not know of.
  [[nodiscard]] std::size_t held() const noexcept { return capacity_ - charged() + input_.size(); }
  /// One sentence about a size that cannot be one, with a guess at what the peer speaks.
  [[nodiscard]] std::string bad_size() const;
  /// Frees everything.
  void forget() noexcept;

 private:
  [[nodiscard]] bool take_prefix() noexcept;
  void begin_own_buffer();
  void set_capacity(std::size_t bytes) noexcept;

  std::size_t frame_size_bytes_max_;
  memory_budget& budget_;
  memory_budget::connection_id who_;

  std::array<std::byte, 4> prefix_{};
  std::uint8_t prefix_size_ = 0;
  bool handed_out_ = false;
  std::uint32_t announced_ = 0;

  // The buffer of a half-read frame, from malloc so that it can grow in place.
  std::byte* own_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t filled_ = 0;

  mutable_bytes input_;
  std::shared_ptr<void> input_owner_;
};

}  // namespace tidemill::network
