#include <lz4frame.h>

#include <algorithm>
#include <array>
#include <tidemill/plugin.hpp>
#include <vector>

namespace {

using tidemill::sdk::failure;
using tidemill::sdk::outcome;
using tidemill::sdk::step;

constexpr std::size_t block_size = std::size_t{64} << 10U;
/// The level that stands for the fast compressor, as in Kafka; others use the high compressor.
constexpr std::int32_t fast_level = 9;

/// What Kafka's clients write: blocks of 64 KiB that stand alone, no checksums of contents.
LZ4F_preferences_t preferences(std::int32_t level) {
  LZ4F_preferences_t made{};
  made.frameInfo.blockSizeID = LZ4F_max64KB;
  made.frameInfo.blockMode = LZ4F_blockIndependent;
  made.compressionLevel = level == fast_level ? 0 : std::max(level, 3);
  return made;
}

/// lz4 wants room for the worst case before it writes; where the step has less, the bytes go
/// through `staged_`.
class lz4_compressor {
 public:
  lz4_compressor() { LZ4F_createCompressionContext(&context_, LZ4F_VERSION); }
  lz4_compressor(const lz4_compressor&) = delete;
  lz4_compressor& operator=(const lz4_compressor&) = delete;
  ~lz4_compressor() { LZ4F_freeCompressionContext(context_); }

  outcome start(std::int32_t level) {
    if (context_ == nullptr) {
      return failure{TIDEMILL_NO_MEMORY, "lz4 cannot make a context"};
    }
    preferences_ = preferences(level);
    begun_ = ended_ = false;
    staged_.clear();
    drained_ = 0;
    return TIDEMILL_OK;
  }

  outcome run(step& one) {
    while (drain(one)) {
      if (ended_) {
        return TIDEMILL_DONE;
      }
      if (one.input().empty() && !one.is_last()) {
        return TIDEMILL_OK;
      }
      if (const std::size_t status = advance(one); LZ4F_isError(status) != 0) {
        return failure{TIDEMILL_INTERNAL, LZ4F_getErrorName(status)};
      }
    }
    return TIDEMILL_OK;
  }

 private:
  /// Delivers what is staged; true when nothing is left of it.
  bool drain(step& one) {
    drained_ += one.copy(std::span(staged_).subspan(drained_));
    if (drained_ < staged_.size()) {
      return false;
    }
    staged_.clear();
    drained_ = 0;
    return true;
  }

  /// Header, some input, or the end of the frame.
  std::size_t advance(step& one) {
    const auto all = one.input();
    const bool whole_fits = LZ4F_compressBound(all.size(), &preferences_) <= one.room().size();
    const auto chunk = all.first(whole_fits ? all.size() : std::min(all.size(), block_size));
    const std::size_t bound =
        begun_ ? LZ4F_compressBound(chunk.size(), &preferences_) : LZ4F_HEADER_SIZE_MAX;
    const bool direct = one.room().size() >= bound;
    if (!direct) {
      staged_.resize(bound);
    }
    const std::span<std::uint8_t> to = direct ? one.room() : std::span(staged_);
    std::size_t written = 0;
    if (!begun_) {
      written = LZ4F_compressBegin(context_, to.data(), to.size(), &preferences_);
      begun_ = true;
    } else if (!chunk.empty()) {
      written =
          LZ4F_compressUpdate(context_, to.data(), to.size(), chunk.data(), chunk.size(), nullptr);
      one.take(chunk.size());
    } else {
      written = LZ4F_compressEnd(context_, to.data(), to.size(), nullptr);
      ended_ = true;
    }
    if (LZ4F_isError(written) == 0) {
      if (direct) {
        one.add(written);
      } else {
        staged_.resize(written);
      }
    }
    return written;
  }

  LZ4F_cctx* context_ = nullptr;
  LZ4F_preferences_t preferences_{};
  bool begun_ = false;
  bool ended_ = false;
  std::vector<std::uint8_t> staged_;
  std::size_t drained_ = 0;
};

class lz4_decompressor {
 public:
  lz4_decompressor() { LZ4F_createDecompressionContext(&context_, LZ4F_VERSION); }
  lz4_decompressor(const lz4_decompressor&) = delete;
  lz4_decompressor& operator=(const lz4_decompressor&) = delete;
  ~lz4_decompressor() { LZ4F_freeDecompressionContext(context_); }

  outcome start() {
    if (context_ == nullptr) {
      return failure{TIDEMILL_NO_MEMORY, "lz4 cannot make a context"};
    }
    LZ4F_resetDecompressionContext(context_);
    header_size_ = 0;
    return TIDEMILL_OK;
  }

  outcome run(step& one) {
    while (true) {
      if (const char* wrong = check_header(one.input()); wrong != nullptr) {
        return failure{TIDEMILL_CORRUPT, wrong};
      }
      std::size_t taken = one.input().size();
      std::size_t given = one.room().size();
      const std::size_t hint =
          LZ4F_decompress(context_, one.room().data(), &given, one.input().data(), &taken, nullptr);
      if (LZ4F_isError(hint) != 0) {
        return failure{TIDEMILL_CORRUPT, LZ4F_getErrorName(hint)};
      }
      one.take(taken);
      one.add(given);
      if (hint == 0) {
        return TIDEMILL_DONE;
      }
      if (one.input().empty() && one.is_last() && given == 0 && !one.room().empty()) {
        return failure{TIDEMILL_CORRUPT, "the lz4 frame is cut off"};
      }
      if (one.room().empty() || (one.input().empty() && !one.is_last())) {
        return TIDEMILL_OK;
      }
    }
  }

 private:
  /// Kafka's readers refuse what lz4 would accept: skippable frames, blocks that depend on each
  /// other, dictionaries, reserved bits.
  const char* check_header(std::span<const std::uint8_t> input) {
    for (; header_size_ < checked_size && !input.empty(); ++header_size_) {
      const std::uint8_t byte = input.front();
      input = input.subspan(1);
      if (header_size_ < magic.size() && byte != magic[header_size_]) {
        return "not an lz4 frame";
      }
      if (header_size_ == flags_position) {
        if ((byte & 0xc0U) != 0x40U) {
          return "an lz4 frame of another version";
        }
        if ((byte & 0x20U) == 0) {
          return "an lz4 frame whose blocks depend on each other";
        }
        if ((byte & 0x03U) != 0) {
          return "an lz4 frame with a dictionary or reserved bits";
        }
      }
      if (header_size_ == descriptor_position &&
          ((byte & 0x8fU) != 0 || (byte >> 4U & 0x07U) < 4)) {
        return "an lz4 frame with a block size that does not exist";
      }
    }
    return nullptr;
  }

  static constexpr std::array<std::uint8_t, 4> magic = {0x04, 0x22, 0x4d, 0x18};
  static constexpr std::size_t flags_position = 4;
  static constexpr std::size_t descriptor_position = 5;
  static constexpr std::size_t checked_size = 6;

  LZ4F_dctx* context_ = nullptr;
  std::size_t header_size_ = 0;
};

}  // namespace

class lz4 {
 public:
  static constexpr tidemill::sdk::about about{"lz4", "1.0.0", "Apache-2.0",
                                              "compression.type=lz4, by liblz4."};
  /// Kafka's bounds of compression.lz4.level.
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_LZ4, "lz4", 1, 17, fast_level};
  using compressor = lz4_compressor;
  using decompressor = lz4_decompressor;

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    const LZ4F_preferences_t made = preferences(fast_level);
    return LZ4F_compressBound(input_bytes, &made) + LZ4F_HEADER_SIZE_MAX + block_size;
  }
};
TIDEMILL_PLUGIN(lz4)
