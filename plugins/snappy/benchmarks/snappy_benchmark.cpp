// The plugin beside libsnappy: raw blocks of 32 KiB with the lengths of the xerial framing around
// them, as in Java.
#include <snappy.h>

#include <algorithm>
#include <cstring>

#include "tidemill/testkit/bare_comparison.hpp"

namespace {

constexpr std::size_t block_bytes = std::size_t{32} << 10U;
constexpr std::size_t header_bytes = 16;
constexpr std::size_t length_bytes = 4;

std::size_t compress(const std::string& in, std::string& out) {
  std::size_t made = header_bytes;
  for (std::size_t at = 0; at < in.size(); at += block_bytes) {
    std::size_t size = 0;
    snappy::RawCompress(in.data() + at, std::min(block_bytes, in.size() - at),
                        out.data() + made + length_bytes, &size);
    const std::uint32_t length = __builtin_bswap32(static_cast<std::uint32_t>(size));
    std::memcpy(out.data() + made, &length, sizeof length);
    made += length_bytes + size;
  }
  return made;
}

std::size_t decompress(const std::string& in, std::string& out) {
  std::size_t made = 0;
  for (std::size_t at = header_bytes; at < in.size();) {
    std::uint32_t length = 0;
    std::memcpy(&length, in.data() + at, sizeof length);
    length = __builtin_bswap32(length);
    at += length_bytes;
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(in.data() + at, length, &size) ||
        !snappy::RawUncompress(in.data() + at, length, out.data() + made)) {
      return 0;
    }
    made += size;
    at += length;
  }
  return made;
}

}  // namespace

int main() {
  return tidemill::testkit::compare_with_bare(TIDEMILL_PLUGIN_FILE,
                                              {.compress = compress, .decompress = decompress});
}
