#include "network/frame_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "base/big_endian.hpp"

namespace tidemill::network {
namespace {

frame copied(bytes_view bytes) {
  // Shared: the sink may keep the frame on other shards.
  std::shared_ptr<std::byte[]> owner = std::make_shared_for_overwrite<std::byte[]>(bytes.size());
  std::memcpy(owner.get(), bytes.data(), bytes.size());
  const mutable_bytes place(owner.get(), bytes.size());
  return {place, std::move(owner)};
}

bool begins_http(std::string_view prefix) noexcept {
  constexpr std::array<std::string_view, 8> methods{"GET ", "POST", "PUT ", "HEAD",
                                                    "OPTI", "DELE", "CONN", "PRI "};
  return std::ranges::find(methods, prefix) != methods.end();
}

}  // namespace

bool frame_reader::reserve() noexcept {
  if (!budget_.may_read(who_)) {
    return false;
  }
  if (own_ == nullptr || filled_ < capacity_) {
    return true;
  }
  const std::size_t wanted = std::min<std::size_t>(announced_, capacity_ * 2);
  const std::size_t more = std::max(wanted, share_bytes) - std::max(capacity_, share_bytes);
  if (!budget_.take_partial(more, who_)) {
    return false;
  }
  set_capacity(wanted);
  return true;
}

std::span<const mutable_bytes> frame_reader::pieces(const read_room& room,
                                                    read_pieces& into) const noexcept {
  TIDEMILL_ASSERT(input_.empty());
  if (own_ == nullptr) {
    // What one read brings of a large frame must find memory: when the common part is nearly spent,
    // no more is read than the connection's own share.
    const bool plenty = budget_.partial_left() >= slab_pool::slab_size_bytes;
    into[0] = plenty ? room.bytes : room.bytes.first(std::min(room.bytes.size(), share_bytes));
    return std::span(into).first(1);
  }
  into[0] = mutable_bytes(own_ + filled_, capacity_ - filled_);
  into[1] = room.bytes;
  return std::span(into).first(capacity_ == announced_ ? 2 : 1);
}

std::size_t frame_reader::accept(std::size_t size, const read_room& room) {
  handed_out_ = false;
  const std::size_t own = own_ == nullptr ? 0 : std::min(size, capacity_ - filled_);
  filled_ += own;
  if (size > own) {
    input_ = room.bytes.first(size - own);
    input_owner_ = room.owner;
  }
  return size - own;
}

frame_reader::outcome frame_reader::next(frame& into) {
  if (own_ != nullptr) {
    if (filled_ < announced_) {
      return outcome::incomplete;
    }
    budget_.give_partial(charged());
    into.bytes = mutable_bytes(own_, announced_);
    into.owner = std::shared_ptr<void>(std::exchange(own_, nullptr), std::free);
    capacity_ = filled_ = 0;
    prefix_size_ = 0;
    return outcome::frame;
  }
  if (!take_prefix()) {
    input_owner_.reset();
    return outcome::incomplete;
  }
  if (announced_ == 0 || announced_ > frame_size_bytes_max_) {
    return outcome::size_invalid;
  }
  if (input_.size() < announced_) {
    if (!input_.empty()) {
      begin_own_buffer();
    }
    input_owner_.reset();
    return outcome::incomplete;
  }
  const mutable_bytes whole = input_.first(announced_);
  input_ = input_.subspan(announced_);
  prefix_size_ = 0;
  if (input_owner_ == nullptr || whole.size() <= copied_bytes_max) {
    into = copied(whole);
  } else {
    into = {whole, input_owner_};
    handed_out_ = true;
  }
  if (input_.empty()) {
    input_owner_.reset();  // a blocked connection must not hold on to a slab
  }
  return outcome::frame;
}

bool frame_reader::leave_room() {
  if (!input_.empty() && (input_owner_ == nullptr || input_.size() <= share_bytes)) {
    frame rest = copied(input_);
    input_ = rest.bytes;
    input_owner_ = std::move(rest.owner);
  } else if (!input_.empty()) {
    handed_out_ = true;
  }
  return std::exchange(handed_out_, false);
}

bool frame_reader::take_prefix() noexcept {
  if (prefix_size_ == prefix_.size()) {
    return true;
  }
  const std::size_t size = std::min(input_.size(), prefix_.size() - prefix_size_);
  std::copy_n(input_.begin(), size, prefix_.begin() + prefix_size_);
  input_ = input_.subspan(size);
  prefix_size_ = static_cast<std::uint8_t>(prefix_size_ + size);
  announced_ = load_big_endian<std::uint32_t>(prefix_.data());
  return prefix_size_ == prefix_.size();
}

void frame_reader::begin_own_buffer() {
  set_capacity(std::min<std::size_t>(announced_, std::max(share_bytes, input_.size())));
  budget_.force_partial(charged());
  std::memcpy(own_, input_.data(), input_.size());
  filled_ = input_.size();
  input_ = {};
}

void frame_reader::set_capacity(std::size_t bytes) noexcept {
  own_ = static_cast<std::byte*>(std::realloc(own_, bytes));
  TIDEMILL_ASSERT(own_ != nullptr);
  capacity_ = bytes;
}

std::string frame_reader::bad_size() const {
  const std::string_view prefix = as_text(prefix_);
  if (prefix.starts_with("\x16\x03")) {
    return "it speaks TLS and this listener does not";
  }
  if (begins_http(prefix)) {
    return "it speaks HTTP and this listener does not";
  }
  return "it announced a request of " + std::to_string(static_cast<std::int32_t>(announced_)) +
         " bytes; 1 to " + std::to_string(frame_size_bytes_max_) + " are taken";
}

void frame_reader::forget() noexcept {
  if (own_ != nullptr) {
    budget_.give_partial(charged());
    std::free(std::exchange(own_, nullptr));
  }
  capacity_ = filled_ = 0;
  prefix_size_ = 0;
  input_ = {};
  input_owner_.reset();
}

}  // namespace tidemill::network
