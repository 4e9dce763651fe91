#include <zstd.h>

#include <memory>
#include <tidemill/plugin.hpp>

namespace {

using tidemill::sdk::failure;
using tidemill::sdk::outcome;
using tidemill::sdk::step;

/// Frames that ask for a larger window are refused: 128 MiB is what zstd's own tools allow.
constexpr int window_log_max = 27;

class zstd_compressor {
 public:
  outcome start(std::int32_t level) {
    if (context_ == nullptr) {
      return failure{TIDEMILL_NO_MEMORY, "zstd cannot make a context"};
    }
    ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    return TIDEMILL_OK;
  }

  outcome run(step& one) {
    ZSTD_inBuffer in{one.input().data(), one.input().size(), 0};
    ZSTD_outBuffer out{one.room().data(), one.room().size(), 0};
    const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in,
                                                  one.is_last() ? ZSTD_e_end : ZSTD_e_continue);
    one.take(in.pos);
    one.add(out.pos);
    if (ZSTD_isError(left) != 0) {
      return failure{TIDEMILL_INTERNAL, ZSTD_getErrorName(left)};
    }
    return one.is_last() && left == 0 ? TIDEMILL_DONE : TIDEMILL_OK;
  }

 private:
  struct free_context {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, free_context> context_{ZSTD_createCCtx()};
};

class zstd_decompressor {
 public:
  outcome start() {
    if (context_ == nullptr) {
      return failure{TIDEMILL_NO_MEMORY, "zstd cannot make a context"};
    }
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log_max);
    return TIDEMILL_OK;
  }

  /// Frames may follow each other; Java's reader takes them as one.
  outcome run(step& one) {
    ZSTD_inBuffer in{one.input().data(), one.input().size(), 0};
    ZSTD_outBuffer out{one.room().data(), one.room().size(), 0};
    std::size_t left = 1;
    do {
      left = ZSTD_decompressStream(context_.get(), &out, &in);
    } while (ZSTD_isError(left) == 0 && in.pos < in.size && out.pos < out.size);
    one.take(in.pos);
    one.add(out.pos);
    if (ZSTD_isError(left) != 0) {
      return failure{TIDEMILL_CORRUPT, ZSTD_getErrorName(left)};
    }
    if (left == 0 && in.pos == in.size && one.is_last()) {
      return TIDEMILL_DONE;
    }
    if (left != 0 && one.is_last() && in.pos == in.size && out.pos < out.size) {
      return failure{TIDEMILL_CORRUPT, "the zstd frame is cut off"};
    }
    return TIDEMILL_OK;
  }

 private:
  struct free_context {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, free_context> context_{ZSTD_createDCtx()};
};

}  // namespace

class zstd {
 public:
  static constexpr tidemill::sdk::about about{"zstd", "1.0.0", "Apache-2.0",
                                              "compression.type=zstd, by libzstd."};
  /// Kafka's bounds of compression.zstd.level.
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_ZSTD, "zstd", -131072, 22, 3};
  using compressor = zstd_compressor;
  using decompressor = zstd_decompressor;

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    return ZSTD_compressBound(input_bytes);
  }
};
TIDEMILL_PLUGIN(zstd)
