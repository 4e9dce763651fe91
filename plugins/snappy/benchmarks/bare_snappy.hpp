#pragma once

#include <snappy.h>

#include <algorithm>
#include <cstring>

#include "tidemill/testkit/bare_comparison.hpp"

namespace tidemill::bench {

inline constexpr std::size_t snappy_block_bytes = std::size_t{32} << 10U;
inline constexpr std::size_t snappy_header_bytes = 16;
inline constexpr std::size_t snappy_length_bytes = 4;

inline std::size_t snappy_compress(const std::string& in, std::string& out) {
  std::size_t made = snappy_header_bytes;
  for (std::size_t at = 0; at < in.size(); at += snappy_block_bytes) {
    std::size_t size = 0;
    snappy::RawCompress(in.data() + at, std::min(snappy_block_bytes, in.size() - at),
                        out.data() + made + snappy_length_bytes, &size);
    const std::uint32_t length = __builtin_bswap32(static_cast<std::uint32_t>(size));
    std::memcpy(out.data() + made, &length, sizeof length);
    made += snappy_length_bytes + size;
  }
  return made;
}

inline std::size_t snappy_decompress(const std::string& in, std::string& out) {
  std::size_t made = 0;
  for (std::size_t at = snappy_header_bytes; at < in.size();) {
    std::uint32_t length = 0;
    std::memcpy(&length, in.data() + at, sizeof length);
    length = __builtin_bswap32(length);
    at += snappy_length_bytes;
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

/// libsnappy: raw blocks of 32 KiB with the lengths of the xerial framing around them, as in Java.
inline testkit::bare_codec bare_snappy() {
  return {.compress = snappy_compress, .decompress = snappy_decompress};
}

}  // namespace tidemill::bench
