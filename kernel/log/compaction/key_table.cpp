#include "log/compaction/key_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace tidemill::log {
namespace {

constexpr std::size_t slots_at_first = 1024;

/// The four words of SipHash's state.
struct sip_state {
  std::uint64_t v0;
  std::uint64_t v1;
  std::uint64_t v2;
  std::uint64_t v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void rounds(int count) noexcept {
    for (int done = 0; done < count; ++done) {
      round();
    }
  }
  void compress(std::uint64_t word) noexcept {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  [[nodiscard]] std::uint64_t finish(std::uint64_t mark) noexcept {
    mark == 0xee ? v2 ^= mark : v1 ^= mark;
    rounds(4);
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

std::uint64_t load_word(const std::byte* from, std::size_t size) noexcept {
  std::uint64_t word = 0;
  for (std::size_t index = 0; index < size; ++index) {
    word |= std::to_integer<std::uint64_t>(from[index]) << (8 * index);
  }
  return word;
}

}  // namespace

/// J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF", the 128-bit variant.
key_fingerprint fingerprint(bytes_view key, const key_table_seed& seed) noexcept {
  sip_state state{seed[0] ^ 0x736f6d6570736575ULL, seed[1] ^ 0x646f72616e646f6dULL ^ 0xeeULL,
                  seed[0] ^ 0x6c7967656e657261ULL, seed[1] ^ 0x7465646279746573ULL};
  const std::byte* at = key.data();
  std::size_t left = key.size();
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, at, sizeof word);
    } else {
      word = load_word(at, sizeof word);
    }
    state.compress(word);
    at += sizeof word;
  }
  state.compress(load_word(at, left) | (std::uint64_t{key.size()} << 56U));
  key_fingerprint print;
  print.low = state.finish(0xee);
  print.high = state.finish(0xdd);
  return print;
}

/// While it grows, the old and the new table are there: half as much again.
key_table::key_table(std::uint64_t memory_bytes_max, const key_table_seed& seed)
    : seed_(seed),
      slots_max_(std::max<std::size_t>(
          2, static_cast<std::size_t>(memory_bytes_max / sizeof(slot) * 2 / 3))) {}

std::size_t key_table::entries_max(std::size_t slots) noexcept {
  return slots / 5 * 4 + (slots < 5 ? 1 : 0);
}

/// Where the key stands, or the free slot where it belongs.
std::size_t key_table::place_of(const key_fingerprint& key) const noexcept {
  auto at = static_cast<std::size_t>(key.low % slots_.size());
  while (slots_[at].next_offset != 0 && slots_[at].key != key) {
    at = at + 1 == slots_.size() ? 0 : at + 1;
  }
  return at;
}

bool key_table::grow() {
  const std::size_t wanted =
      std::min(slots_max_, slots_.empty() ? slots_at_first : slots_.size() * 2);
  if (wanted == slots_.size()) {
    return false;
  }
  const std::vector<slot> old = std::exchange(slots_, std::vector<slot>(wanted));
  for (const slot& one : old) {
    if (one.next_offset != 0) {
      slots_[place_of(one.key)] = one;
    }
  }
  return true;
}

bool key_table::put(bytes_view key, offset at) {
  const key_fingerprint print = fingerprint(key, seed_);
  if (slots_.empty()) {
    static_cast<void>(grow());
  }
  std::size_t place = place_of(print);
  if (slots_[place].next_offset == 0) {
    if (size_ >= entries_max(slots_.size())) {
      if (!grow()) {
        return false;
      }
      place = place_of(print);
    }
    slots_[place].key = print;
    ++size_;
  }
  slots_[place].next_offset = next(at).value();
  return true;
}

std::optional<offset> key_table::find(bytes_view key) const noexcept {
  if (slots_.empty()) {
    return std::nullopt;
  }
  const slot& found = slots_[place_of(fingerprint(key, seed_))];
  return found.next_offset == 0 ? std::nullopt : std::optional(offset{found.next_offset - 1});
}

void key_table::clear() noexcept {
  slots_ = {};
  size_ = 0;
}

}  // namespace tidemill::log
