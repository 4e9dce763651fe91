// The plugin, which streams, beside libzstd's calls for whole batches: level 3, contexts that are
// reused.
#include <zstd.h>

#include "tidemill/testkit/bare_comparison.hpp"

int main() {
  ZSTD_CCtx* compressing = ZSTD_createCCtx();
  ZSTD_DCtx* decompressing = ZSTD_createDCtx();
  ZSTD_CCtx_setParameter(compressing, ZSTD_c_compressionLevel, 3);
  const auto compress = [&](const std::string& in, std::string& out) -> std::size_t {
    const std::size_t size =
        ZSTD_compress2(compressing, out.data(), out.size(), in.data(), in.size());
    return ZSTD_isError(size) != 0 ? 0 : size;
  };
  const auto decompress = [&](const std::string& in, std::string& out) -> std::size_t {
    const std::size_t size =
        ZSTD_decompressDCtx(decompressing, out.data(), out.size(), in.data(), in.size());
    return ZSTD_isError(size) != 0 ? 0 : size;
  };
  const int status = tidemill::testkit::compare_with_bare(
      TIDEMILL_PLUGIN_FILE, {.compress = compress, .decompress = decompress});
  ZSTD_freeCCtx(compressing);
  ZSTD_freeDCtx(decompressing);
  return status;
}
