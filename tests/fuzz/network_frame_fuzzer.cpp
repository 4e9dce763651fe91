// Cuts arbitrary bytes into frames in arbitrary pieces. Whatever the cuts, the frames must be those
// of the plain definition, memory must stay in proportion to what came, and all of it must return.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "network/frame_reader.hpp"

namespace {

using namespace tidemill;
using tidemill::network::frame_reader;

constexpr std::size_t frame_size_bytes_max = 200'000;

std::vector<std::string> expected_frames(std::string_view bytes) {
  std::vector<std::string> frames;
  while (bytes.size() >= 4) {
    const auto size =
        load_big_endian<std::uint32_t>(reinterpret_cast<const std::byte*>(bytes.data()));
    if (size == 0 || size > frame_size_bytes_max || bytes.size() - 4 < size) {
      break;
    }
    frames.emplace_back(bytes.substr(4, size));
    bytes.remove_prefix(4 + size);
  }
  return frames;
}

}  // namespace

// The first byte seeds the cuts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  std::uint32_t cut = data[0] + 1U;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  network::memory_budget budget(64U << 20U, 24U << 20U);
  std::vector<network::frame> held;
  {
    network::slab_pool slabs(2);
    frame_reader reader(frame_size_bytes_max, budget, 1);
    auto outcome = frame_reader::outcome::incomplete;
    for (std::string_view rest = all;
         !rest.empty() && outcome != frame_reader::outcome::size_invalid;) {
      TIDEMILL_ASSERT(reader.reserve());
      const network::read_room room = slabs.room();
      frame_reader::read_pieces pieces;
      std::size_t read = 0;
      cut = cut * 1664525U + 1013904223U;
      std::size_t left = 1 + (cut >> 16U) % (1U << (cut % 15U));
      for (const mutable_bytes piece : reader.pieces(room, pieces)) {
        const std::size_t part = std::min({piece.size(), rest.size(), left});
        std::memcpy(piece.data(), rest.data(), part);
        rest.remove_prefix(part);
        left -= part;
        read += part;
      }
      const std::size_t in_room = reader.accept(read, room);
      network::frame next;
      while ((outcome = reader.next(next)) == frame_reader::outcome::frame) {
        held.push_back(std::move(next));
      }
      if (reader.leave_room()) {
        slabs.keep(in_room);
      }
      TIDEMILL_ASSERT(budget.partial_bytes() <= frame_size_bytes_max);
    }
    if (outcome == frame_reader::outcome::size_invalid) {
      TIDEMILL_ASSERT(!reader.bad_size().empty());
    }
  }
  TIDEMILL_ASSERT(budget.partial_bytes() == 0);
  const std::vector<std::string> expected = expected_frames(all);
  TIDEMILL_ASSERT(held.size() == expected.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    TIDEMILL_ASSERT(as_text(held[i].bytes) == expected[i]);
  }
  return 0;
}
