#include "test_codecs.hpp"

#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string_view>

#include "base/big_endian.hpp"
#include "record/errc.hpp"

namespace tidemill::record::testing {
namespace {

constexpr std::size_t chunk_size = 64 << 10;

// Grows by chunks, never past the bound by more than the byte that shows it was reached.
bool grow(byte_buffer& output, std::size_t produced, std::size_t size_max) {
  if (produced > size_max) {
    return false;
  }
  output.resize(std::min(size_max + 1, produced + chunk_size));
  return true;
}

const Bytef* as_octets(bytes_view bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

class gzip_codec final : public codec {
 public:
  result<void> decompress(bytes_view compressed, std::size_t size_max,
                          byte_buffer& output) const override {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    stream.next_in = const_cast<Bytef*>(as_octets(compressed));
    stream.avail_in = static_cast<uInt>(compressed.size());
    std::size_t produced = 0;
    int status = Z_OK;
    while (status == Z_OK && grow(output, produced, size_max)) {
      stream.next_out = reinterpret_cast<Bytef*>(output.data() + produced);
      stream.avail_out = static_cast<uInt>(output.size() - produced);
      status = inflate(&stream, Z_NO_FLUSH);
      produced = output.size() - stream.avail_out;
    }
    inflateEnd(&stream);
    if (produced > size_max) {
      return errc::decompressed_too_large;
    }
    if (status != Z_STREAM_END) {
      return errc::compressed_data_malformed;
    }
    output.resize(produced);
    return {};
  }

  result<void> compress(bytes_view plain, std::optional<std::int32_t> /*level*/,
                        byte_buffer& output) const override {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    const std::size_t before = output.size();
    output.resize(before + deflateBound(&stream, plain.size()) + 64);
    stream.next_in = const_cast<Bytef*>(as_octets(plain));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data() + before);
    stream.avail_out = static_cast<uInt>(output.size() - before);
    deflate(&stream, Z_FINISH);
    output.resize(output.size() - stream.avail_out);
    deflateEnd(&stream);
    return {};
  }
};

class zstd_codec final : public codec {
 public:
  result<void> decompress(bytes_view compressed, std::size_t size_max,
                          byte_buffer& output) const override {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
    std::size_t produced = 0;
    std::size_t status = 1;
    while (status != 0 && ZSTD_isError(status) == 0 && grow(output, produced, size_max)) {
      ZSTD_outBuffer out{output.data() + produced, output.size() - produced, 0};
      status = ZSTD_decompressStream(context, &out, &in);
      produced += out.pos;
      if (in.pos == in.size && out.pos < out.size) {
        break;
      }
    }
    ZSTD_freeDCtx(context);
    if (produced > size_max) {
      return errc::decompressed_too_large;
    }
    if (status != 0) {
      return errc::compressed_data_malformed;
    }
    output.resize(produced);
    return {};
  }

  result<void> compress(bytes_view plain, std::optional<std::int32_t> /*level*/,
                        byte_buffer& output) const override {
    const std::size_t before = output.size();
    output.resize(before + ZSTD_compressBound(plain.size()));
    const std::size_t written = ZSTD_compress(output.data() + before, output.size() - before,
                                              plain.data(), plain.size(), 3);
    output.resize(before + written);
    return {};
  }
};

class lz4_codec final : public codec {
 public:
  result<void> decompress(bytes_view compressed, std::size_t size_max,
                          byte_buffer& output) const override {
    LZ4F_dctx* context = nullptr;
    LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
    std::size_t consumed = 0;
    std::size_t produced = 0;
    std::size_t status = 1;
    while (status != 0 && LZ4F_isError(status) == 0 && grow(output, produced, size_max)) {
      std::size_t out_size = output.size() - produced;
      std::size_t in_size = compressed.size() - consumed;
      status = LZ4F_decompress(context, output.data() + produced, &out_size,
                               compressed.data() + consumed, &in_size, nullptr);
      consumed += in_size;
      produced += out_size;
      if (in_size == 0 && out_size == 0) {
        break;
      }
    }
    LZ4F_freeDecompressionContext(context);
    if (produced > size_max) {
      return errc::decompressed_too_large;
    }
    if (status != 0) {
      return errc::compressed_data_malformed;
    }
    output.resize(produced);
    return {};
  }

  result<void> compress(bytes_view plain, std::optional<std::int32_t> /*level*/,
                        byte_buffer& output) const override {
    const std::size_t before = output.size();
    output.resize(before + LZ4F_compressFrameBound(plain.size(), nullptr));
    const std::size_t written = LZ4F_compressFrame(output.data() + before, output.size() - before,
                                                   plain.data(), plain.size(), nullptr);
    output.resize(before + written);
    return {};
  }
};

// Reads the Java library's frame (16 bytes, then blocks with their size before them) and a bare
// block; writes a bare block.
class snappy_codec final : public codec {
 public:
  result<void> decompress(bytes_view compressed, std::size_t size_max,
                          byte_buffer& output) const override {
    constexpr std::size_t frame_header_size = 16;
    output.clear();
    if (!as_text(compressed).starts_with(std::string_view("\x82SNAPPY\0", 8))) {
      return append_block(compressed, size_max, output);
    }
    std::size_t at = frame_header_size;
    while (at + 4 <= compressed.size()) {
      const auto size = load_big_endian<std::uint32_t>(compressed.data() + at);
      at += 4;
      if (size > compressed.size() - at) {
        return errc::compressed_data_malformed;
      }
      TIDEMILL_TRY(append_block(compressed.subspan(at, size), size_max, output));
      at += size;
    }
    return {};
  }

  result<void> compress(bytes_view plain, std::optional<std::int32_t> /*level*/,
                        byte_buffer& output) const override {
    const std::size_t before = output.size();
    std::size_t written = snappy_max_compressed_length(plain.size());
    output.resize(before + written);
    snappy_compress(reinterpret_cast<const char*>(plain.data()), plain.size(),
                    reinterpret_cast<char*>(output.data() + before), &written);
    output.resize(before + written);
    return {};
  }

 private:
  static result<void> append_block(bytes_view block, std::size_t size_max, byte_buffer& output) {
    const auto* from = reinterpret_cast<const char*>(block.data());
    std::size_t size = 0;
    if (snappy_uncompressed_length(from, block.size(), &size) != SNAPPY_OK) {
      return errc::compressed_data_malformed;
    }
    const std::size_t before = output.size();
    if (size > size_max || before > size_max - size) {
      return errc::decompressed_too_large;
    }
    output.resize(before + size);
    return snappy_uncompress(from, block.size(), reinterpret_cast<char*>(output.data() + before),
                             &size) == SNAPPY_OK
               ? result<void>()
               : result<void>(errc::compressed_data_malformed);
  }
};

}  // namespace

const codec_set& library_codecs() {
  static const gzip_codec gzip;
  static const snappy_codec snappy;
  static const lz4_codec lz4;
  static const zstd_codec zstd;
  struct full_set : codec_set {
    full_set() {
      set(compression_type::gzip, &gzip);
      set(compression_type::snappy, &snappy);
      set(compression_type::lz4, &lz4);
      set(compression_type::zstd, &zstd);
    }
  };
  static const full_set all;
  return all;
}

}  // namespace tidemill::record::testing
