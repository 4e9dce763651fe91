#pragma once

#include <zstd.h>

#include <memory>

#include "tidemill/testkit/bare_comparison.hpp"

namespace tidemill::bench {

/// libzstd's calls for whole batches: level 3, contexts that are reused.
inline testkit::bare_codec bare_zstd() {
  const std::shared_ptr<ZSTD_CCtx> compressing(ZSTD_createCCtx(), ZSTD_freeCCtx);
  const std::shared_ptr<ZSTD_DCtx> decompressing(ZSTD_createDCtx(), ZSTD_freeDCtx);
  ZSTD_CCtx_setParameter(compressing.get(), ZSTD_c_compressionLevel, 3);
  const auto sized = [](std::size_t size) { return ZSTD_isError(size) != 0 ? 0 : size; };
  return {.compress =
              [=](const std::string& in, std::string& out) {
                return sized(ZSTD_compress2(compressing.get(), out.data(), out.size(), in.data(),
                                            in.size()));
              },
          .decompress =
              [=](const std::string& in, std::string& out) {
                return sized(ZSTD_decompressDCtx(decompressing.get(), out.data(), out.size(),
                                                 in.data(), in.size()));
              }};
}

}  // namespace tidemill::bench
