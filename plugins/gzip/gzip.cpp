#include <zlib.h>

#include <algorithm>
#include <limits>
#include <tidemill/plugin.hpp>

namespace {

using tidemill::sdk::failure;
using tidemill::sdk::outcome;
using tidemill::sdk::step;

/// A window of 32 KiB, and gzip's header and trailer around it.
constexpr int window_and_format = 15 + 16;
constexpr int memory_level = 8;

/// Shows the step's input and room to zlib, runs `call`, and takes over what it did.
template <class Call>
int run_zlib(z_stream& stream, step& one, Call call) {
  constexpr std::size_t at_once_max = std::numeric_limits<uInt>::max();
  const auto in = static_cast<uInt>(std::min(one.input().size(), at_once_max));
  const auto out = static_cast<uInt>(std::min(one.room().size(), at_once_max));
  stream.next_in = const_cast<Bytef*>(one.input().data());
  stream.avail_in = in;
  stream.next_out = one.room().data();
  stream.avail_out = out;
  const int status = call(stream);
  one.take(in - stream.avail_in);
  one.add(out - stream.avail_out);
  return status;
}

class gzip_compressor {
 public:
  gzip_compressor() = default;
  gzip_compressor(const gzip_compressor&) = delete;
  gzip_compressor& operator=(const gzip_compressor&) = delete;
  ~gzip_compressor() { close(); }

  outcome start(std::int32_t level) {
    if (level == level_) {
      deflateReset(&stream_);
      return TIDEMILL_OK;
    }
    close();
    if (deflateInit2(&stream_, level, Z_DEFLATED, window_and_format, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      return failure{TIDEMILL_NO_MEMORY, "zlib cannot make a stream"};
    }
    level_ = level;
    return TIDEMILL_OK;
  }

  outcome run(step& one) {
    const int flush = one.is_last() ? Z_FINISH : Z_NO_FLUSH;
    const int status = run_zlib(stream_, one, [&](z_stream& s) { return deflate(&s, flush); });
    if (status == Z_STREAM_END) {
      return TIDEMILL_DONE;
    }
    return status == Z_OK || status == Z_BUF_ERROR ? outcome(TIDEMILL_OK)
                                                   : outcome(failure{TIDEMILL_INTERNAL, "deflate"});
  }

 private:
  static constexpr std::int32_t no_level = -1000;

  void close() noexcept {
    if (level_ != no_level) {
      deflateEnd(&stream_);
      level_ = no_level;
    }
  }

  z_stream stream_{};
  std::int32_t level_ = no_level;
};

class gzip_decompressor {
 public:
  gzip_decompressor() = default;
  gzip_decompressor(const gzip_decompressor&) = delete;
  gzip_decompressor& operator=(const gzip_decompressor&) = delete;
  ~gzip_decompressor() {
    if (is_open_) {
      inflateEnd(&stream_);
    }
  }

  outcome start() {
    if (is_open_) {
      inflateReset(&stream_);
    } else if (inflateInit2(&stream_, window_and_format) != Z_OK) {
      return failure{TIDEMILL_NO_MEMORY, "zlib cannot make a stream"};
    }
    is_open_ = true;
    return TIDEMILL_OK;
  }

  /// Members may follow each other; Java's reader takes them as one.
  outcome run(step& one) {
    while (true) {
      const int status =
          run_zlib(stream_, one, [](z_stream& s) { return inflate(&s, Z_NO_FLUSH); });
      if (status == Z_STREAM_END) {
        if (!next_member_follows(one)) {
          return TIDEMILL_DONE;
        }
        inflateReset(&stream_);
        continue;
      }
      if (status == Z_MEM_ERROR) {
        return failure{TIDEMILL_NO_MEMORY, "zlib has no memory for its window"};
      }
      if (status != Z_OK && status != Z_BUF_ERROR) {
        return failure{TIDEMILL_CORRUPT,
                       stream_.msg == nullptr ? "not a gzip stream" : stream_.msg};
      }
      if (one.is_last() && one.input().empty() && !one.room().empty()) {
        return failure{TIDEMILL_CORRUPT, "the gzip stream is cut off"};
      }
      return TIDEMILL_OK;
    }
  }

 private:
  static bool next_member_follows(const step& one) {
    return one.input().size() >= 2 && one.input()[0] == 0x1f && one.input()[1] == 0x8b;
  }

  z_stream stream_{};
  bool is_open_ = false;
};

}  // namespace

class gzip {
 public:
  static constexpr tidemill::sdk::about about{"gzip", "1.0.0", "Apache-2.0",
                                              "compression.type=gzip, by zlib."};
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_GZIP, "gzip", 1, 9, 6};
  using compressor = gzip_compressor;
  using decompressor = gzip_decompressor;

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    constexpr std::uint64_t header_and_trailer = 18;
    return compressBound(static_cast<uLong>(input_bytes)) + header_and_trailer;
  }
};
TIDEMILL_PLUGIN(gzip)
