#include <snappy.h>

#include <algorithm>
#include <array>
#include <tidemill/plugin.hpp>
#include <vector>

// Clients send snappy in two ways. librdkafka and others send one raw block. Java (xerial's
// snappy-java) and others send
//
//    0  8 bytes  82 53 4e 41 50 50 59 00
//    8  int32    version, 1
//   12  int32    lowest compatible version, 1
//   16  blocks:  int32 size, big-endian; a raw block of that size
//
// and a new header of 16 bytes may stand wherever a block could.
namespace {

using tidemill::sdk::failure;
using tidemill::sdk::outcome;
using tidemill::sdk::step;

constexpr std::array<std::uint8_t, 16> header = {0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0,
                                                 0,    0,    0,    1,    0,    0,    0,    1};
constexpr std::size_t magic_size = 8;
constexpr std::size_t length_size = 4;
/// What Kafka's Java client compresses at once.
constexpr std::size_t block_size = std::size_t{32} << 10U;
/// No raw block unpacks to more than this many times its size, whatever it says (a copy of two
/// bytes makes at most 64).
constexpr std::size_t expansion_max = 64;

bool starts_with_magic(std::span<const std::uint8_t> data) {
  return data.size() >= magic_size &&
         std::equal(header.begin(), header.begin() + magic_size, data.begin());
}

char* chars(std::uint8_t* data) {
  return reinterpret_cast<char*>(data);
}
const char* chars(const std::uint8_t* data) {
  return reinterpret_cast<const char*>(data);
}

/// Bytes on their way out that did not fit.
class staging {
 public:
  void clear() {
    bytes_.clear();
    at_ = 0;
  }
  /// True when nothing is left.
  bool drain(step& one) {
    at_ += one.copy(std::span(bytes_).subspan(at_));
    if (at_ < bytes_.size()) {
      return false;
    }
    clear();
    return true;
  }
  std::uint8_t* append(std::size_t size) {
    bytes_.resize(bytes_.size() + size);
    return bytes_.data() + bytes_.size() - size;
  }
  void drop_back(std::size_t size) { bytes_.resize(bytes_.size() - size); }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// Writes the second way, so that it need not see the whole batch at once.
class snappy_compressor {
 public:
  void start(std::int32_t) {
    block_.clear();
    out_.clear();
    std::copy(header.begin(), header.end(), out_.append(header.size()));
    ended_ = false;
  }

  outcome run(step& one) {
    while (out_.drain(one)) {
      if (ended_) {
        return TIDEMILL_DONE;
      }
      const auto some = one.input().first(std::min(one.input().size(), block_size - block_.size()));
      const bool is_end = some.size() == one.input().size() && one.is_last();
      if (block_.empty() && (some.size() == block_size || is_end)) {
        write_block(one, some);
        one.take(some.size());
      } else {
        // A block that comes in pieces is gathered first.
        block_.insert(block_.end(), some.begin(), some.end());
        one.take(some.size());
        if (!is_end && block_.size() < block_size) {
          return TIDEMILL_OK;
        }
        write_block(one, block_);
        block_.clear();
      }
      ended_ = is_end;
    }
    return TIDEMILL_OK;
  }

 private:
  /// Straight into the room of the caller where it is large enough for the worst.
  void write_block(step& one, std::span<const std::uint8_t> block) {
    if (block.empty()) {
      return;
    }
    const std::size_t bound = length_size + snappy::MaxCompressedLength(block.size());
    const bool is_direct = one.room().size() >= bound;
    std::uint8_t* to = is_direct ? one.room().data() : out_.append(bound);
    std::size_t size = 0;
    snappy::RawCompress(chars(block.data()), block.size(), chars(to + length_size), &size);
    for (std::size_t i = 0; i < length_size; ++i) {
      to[i] = static_cast<std::uint8_t>(size >> (24U - 8U * i));
    }
    if (is_direct) {
      one.add(length_size + size);
    } else {
      out_.drop_back(bound - length_size - size);
    }
  }

  std::vector<std::uint8_t> block_;
  staging out_;
  bool ended_ = false;
};

class snappy_decompressor {
 public:
  void start() {
    gathered_.clear();
    at_ = 0;
    out_.clear();
    framing_ = framing::unknown;
  }

  /// A raw block tells nothing before its end, so input that comes in pieces is gathered first.
  outcome run(step& one) {
    if (!one.is_last()) {
      gathered_.insert(gathered_.end(), one.input().begin(), one.input().end());
      one.take(one.input().size());
      return TIDEMILL_OK;
    }
    if (!gathered_.empty()) {
      gathered_.insert(gathered_.end(), one.input().begin(), one.input().end());
      one.take(one.input().size());
    }
    while (out_.drain(one)) {
      const auto input = rest(one);
      if (framing_ == framing::unknown) {
        framing_ = starts_with_magic(input) ? framing::blocks : framing::raw;
      } else if (input.empty()) {
        return TIDEMILL_DONE;
      }
      outcome went = framing_ == framing::raw ? unpack(one, input, input.size()) : unpack_next(one);
      if (went.status() != TIDEMILL_OK) {
        return went;
      }
    }
    return TIDEMILL_OK;
  }

 private:
  enum class framing { unknown, raw, blocks };

  std::span<const std::uint8_t> rest(const step& one) const {
    return gathered_.empty() ? one.input() : std::span(gathered_).subspan(at_);
  }
  void take(step& one, std::size_t size) {
    if (gathered_.empty()) {
      one.take(size);
    } else {
      at_ += size;
    }
  }

  /// A header is passed over, a block unpacked.
  outcome unpack_next(step& one) {
    const auto input = rest(one);
    if (starts_with_magic(input)) {
      if (input.size() < header.size()) {
        return failure{TIDEMILL_CORRUPT, "the snappy header is cut off"};
      }
      take(one, header.size());
      return TIDEMILL_OK;
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < length_size; ++i) {
      size = size << 8U | (i < input.size() ? input[i] : 0);
    }
    if (input.size() < length_size || size > input.size() - length_size) {
      return failure{TIDEMILL_CORRUPT, "a snappy block is cut off"};
    }
    take(one, length_size);
    return unpack(one, rest(one).first(size), size);
  }

  outcome unpack(step& one, std::span<const std::uint8_t> block, std::size_t taken) {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(chars(block.data()), block.size(), &size) ||
        size > expansion_max * block.size()) {
      return failure{TIDEMILL_CORRUPT, "a snappy block without a credible length"};
    }
    if (size > one.output_left()) {
      return failure{TIDEMILL_TOO_LARGE, "the batch is larger than it may be when decompressed"};
    }
    const bool direct = one.room().size() >= size;
    std::uint8_t* to = direct ? one.room().data() : out_.append(size);
    if (!snappy::RawUncompress(chars(block.data()), block.size(), chars(to))) {
      return failure{TIDEMILL_CORRUPT, "a damaged snappy block"};
    }
    if (direct) {
      one.add(size);
    }
    take(one, taken);
    return TIDEMILL_OK;
  }

  std::vector<std::uint8_t> gathered_;
  std::size_t at_ = 0;
  staging out_;
  framing framing_ = framing::unknown;
};

}  // namespace

class snappy_codec {
 public:
  static constexpr tidemill::sdk::about about{"snappy", "1.0.0", "Apache-2.0",
                                              "compression.type=snappy, by libsnappy."};
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_SNAPPY, "snappy"};
  using compressor = snappy_compressor;
  using decompressor = snappy_decompressor;

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    const std::uint64_t blocks = input_bytes / block_size + 1;
    return header.size() + blocks * (length_size + snappy::MaxCompressedLength(block_size));
  }
};
TIDEMILL_PLUGIN(snappy_codec)
