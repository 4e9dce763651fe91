// The plugin beside liblz4's frame functions: independent blocks of 64 KiB, contexts that are
// reused.
#include <lz4frame.h>

#include "tidemill/testkit/bare_comparison.hpp"

int main() {
  LZ4F_cctx* compressing = nullptr;
  LZ4F_dctx* decompressing = nullptr;
  LZ4F_createCompressionContext(&compressing, LZ4F_VERSION);
  LZ4F_createDecompressionContext(&decompressing, LZ4F_VERSION);
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  const auto compress = [&](const std::string& in, std::string& out) {
    std::size_t size = LZ4F_compressBegin(compressing, out.data(), out.size(), &preferences);
    size += LZ4F_compressUpdate(compressing, out.data() + size, out.size() - size, in.data(),
                                in.size(), nullptr);
    return size + LZ4F_compressEnd(compressing, out.data() + size, out.size() - size, nullptr);
  };
  const auto decompress = [&](const std::string& in, std::string& out) {
    LZ4F_resetDecompressionContext(decompressing);
    std::size_t taken = in.size();
    std::size_t made = out.size();
    const std::size_t left =
        LZ4F_decompress(decompressing, out.data(), &made, in.data(), &taken, nullptr);
    return LZ4F_isError(left) != 0 ? 0 : made;
  };
  const int status = tidemill::testkit::compare_with_bare(
      TIDEMILL_PLUGIN_FILE, {.compress = compress, .decompress = decompress});
  LZ4F_freeCompressionContext(compressing);
  LZ4F_freeDecompressionContext(decompressing);
  return status;
}
