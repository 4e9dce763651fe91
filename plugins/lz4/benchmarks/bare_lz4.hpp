#pragma once

#include <lz4frame.h>

#include <memory>

#include "tidemill/testkit/bare_comparison.hpp"

namespace tidemill::bench {

/// liblz4's frame functions: independent blocks of 64 KiB, contexts that are reused.
inline testkit::bare_codec bare_lz4() {
  LZ4F_cctx* compressing_raw = nullptr;
  LZ4F_dctx* decompressing_raw = nullptr;
  LZ4F_createCompressionContext(&compressing_raw, LZ4F_VERSION);
  LZ4F_createDecompressionContext(&decompressing_raw, LZ4F_VERSION);
  const std::shared_ptr<LZ4F_cctx> compressing(compressing_raw, LZ4F_freeCompressionContext);
  const std::shared_ptr<LZ4F_dctx> decompressing(decompressing_raw, LZ4F_freeDecompressionContext);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  return {.compress =
              [=](const std::string& in, std::string& out) {
                LZ4F_cctx* with = compressing.get();
                std::size_t size = LZ4F_compressBegin(with, out.data(), out.size(), &preferences);
                size += LZ4F_compressUpdate(with, out.data() + size, out.size() - size, in.data(),
                                            in.size(), nullptr);
                return size + LZ4F_compressEnd(with, out.data() + size, out.size() - size, nullptr);
              },
          .decompress = [=](const std::string& in, std::string& out) -> std::size_t {
            LZ4F_resetDecompressionContext(decompressing.get());
            std::size_t taken = in.size();
            std::size_t made = out.size();
            const std::size_t left =
                LZ4F_decompress(decompressing.get(), out.data(), &made, in.data(), &taken, nullptr);
            return LZ4F_isError(left) != 0 ? 0 : made;
          }};
}

}  // namespace tidemill::bench
