// The plugin beside zlib itself: gzip format, level 6, streams that are reused.
#include <zlib.h>

#include "tidemill/testkit/bare_comparison.hpp"

namespace {

constexpr int window_and_format = 15 + 16;

template <class Call>
std::size_t run(z_stream& stream, const std::string& in, std::string& out, Call call) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  return call(&stream, Z_FINISH) == Z_STREAM_END ? out.size() - stream.avail_out : 0;
}

}  // namespace

int main() {
  z_stream deflating{};
  z_stream inflating{};
  deflateInit2(&deflating, 6, Z_DEFLATED, window_and_format, 8, Z_DEFAULT_STRATEGY);
  inflateInit2(&inflating, window_and_format);
  const int status = tidemill::testkit::compare_with_bare(
      TIDEMILL_PLUGIN_FILE, {.compress =
                                 [&](const std::string& in, std::string& out) {
                                   deflateReset(&deflating);
                                   return run(deflating, in, out, deflate);
                                 },
                             .decompress =
                                 [&](const std::string& in, std::string& out) {
                                   inflateReset(&inflating);
                                   return run(inflating, in, out, inflate);
                                 }});
  deflateEnd(&deflating);
  inflateEnd(&inflating);
  return status;
}
