// The shipped codecs as the broker calls them, through its adapter and the plugin, beside the bare
// calls of their libraries: batches of 64 KiB, both by turns, the quickest of each. Status 0 where
// all are within 5 %.
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>

#include "base/bytes.hpp"
#include "extension/codec_adapter.hpp"
#include "plugins/gzip/benchmarks/bare_gzip.hpp"
#include "plugins/lz4/benchmarks/bare_lz4.hpp"
#include "plugins/snappy/benchmarks/bare_snappy.hpp"
#include "plugins/zstd/benchmarks/bare_zstd.hpp"
#include "tests/bench/shipped_plugins.hpp"
#include "tidemill/testkit/text_like.hpp"

namespace {

using namespace tidemill;

/// Both directions behind the seam, as calls like those of the library.
class seam {
 public:
  explicit seam(const std::string& name) : codec_(bench::shared().environment) {
    const auto with = bench::shipped(name);
    if (with == nullptr) {
      throw std::runtime_error("the plugin is not built");
    }
    codec_.give_to(with);
  }
  std::size_t compress(const std::string& in) {
    room_.clear();
    return codec_.compress(as_bytes(in), std::nullopt, room_) ? room_.size() : 0;
  }
  std::size_t decompress(const std::string& in) {
    const auto plain = codec_.plain_form(as_bytes(in), std::size_t{1} << 20U, room_);
    return plain ? plain->size() : 0;
  }
  [[nodiscard]] std::string packed(const std::string& plain) {
    compress(plain);
    return {reinterpret_cast<const char*>(room_.data()), room_.size()};
  }

 private:
  extension::codec_adapter codec_;
  byte_buffer room_;
};

bool compare(const std::string& name, const testkit::bare_codec& bare) {
  seam ours(name);
  const std::string plain = testkit::text_like(std::size_t{64} << 10U);
  const std::string packed = ours.packed(plain);
  // Enough for what does not compress, as the library's bounds say.
  const std::string room(plain.size() * 2, '\0');
  const auto row = [&](const char* what, const auto& call, const auto& through,
                       const std::string& in) {
    return testkit::compare_calls((name + " " + what).c_str(), call, through, in, room,
                                  plain.size());
  };
  const bool compresses = row(
      "compress", bare.compress,
      [&](const std::string& in, std::string&) { return ours.compress(in); }, plain);
  const bool decompresses = row(
      "decompress", bare.decompress,
      [&](const std::string& in, std::string&) { return ours.decompress(in); }, packed);
  return compresses && decompresses;
}

}  // namespace

int main() {
  try {
    const bool lz4 = compare("lz4", bench::bare_lz4());
    const bool snappy = compare("snappy", bench::bare_snappy());
    const bool gzip = compare("gzip", bench::bare_gzip());
    const bool zstd = compare("zstd", bench::bare_zstd());
    return lz4 && snappy && gzip && zstd ? 0 : 1;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "codec_benchmark: %s\n", why.what());
    return 2;
  }
}
