#pragma once

#include <zlib.h>

#include <memory>

#include "tidemill/testkit/bare_comparison.hpp"

namespace tidemill::bench {

/// zlib itself: gzip format, level 6, streams that are reused.
inline testkit::bare_codec bare_gzip() {
  constexpr int window_and_format = 15 + 16;
  struct streams {
    z_stream deflating{};
    z_stream inflating{};
    streams() {
      deflateInit2(&deflating, 6, Z_DEFLATED, window_and_format, 8, Z_DEFAULT_STRATEGY);
      inflateInit2(&inflating, window_and_format);
    }
    streams(const streams&) = delete;
    streams& operator=(const streams&) = delete;
    ~streams() {
      deflateEnd(&deflating);
      inflateEnd(&inflating);
    }
  };
  const auto run = [](z_stream& stream, const std::string& in, std::string& out, auto call) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    return call(&stream, Z_FINISH) == Z_STREAM_END ? out.size() - stream.avail_out : 0;
  };
  const auto with = std::make_shared<streams>();
  return {.compress =
              [with, run](const std::string& in, std::string& out) {
                deflateReset(&with->deflating);
                return run(with->deflating, in, out, deflate);
              },
          .decompress =
              [with, run](const std::string& in, std::string& out) {
                inflateReset(&with->inflating);
                return run(with->inflating, in, out, inflate);
              }};
}

}  // namespace tidemill::bench
