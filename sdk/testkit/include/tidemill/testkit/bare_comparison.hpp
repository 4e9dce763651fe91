#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include "tidemill/codec.h"
#include "tidemill/testkit/instance.hpp"
#include "tidemill/testkit/text_like.hpp"

/// What a codec costs beyond the library behind it: both do the same work by turns, in one process.
namespace tidemill::testkit {

/// The calls of the library itself, with state that is kept from batch to batch as the plugin keeps
/// its own. Each writes into `out`, which is large enough, and says how much.
struct bare_codec {
  using call = std::function<std::size_t(const std::string& in, std::string& out)>;
  call compress;
  call decompress;
};

/// A stream of the plugin, as a call like those of the library.
class plugin_stream {
 public:
  plugin_stream(const tidemill_codec& table, const instance& of, std::uint32_t direction)
      : table_(table) {
    if (table_.open(of.shard(), direction, &stream_, why_.raw()) != TIDEMILL_OK) {
      throw std::runtime_error(why_.message());
    }
  }
  plugin_stream(const plugin_stream&) = delete;
  plugin_stream& operator=(const plugin_stream&) = delete;
  ~plugin_stream() { table_.close(stream_); }

  std::size_t run(const std::string& in, std::string& out) {
    tidemill_stream_options options{};
    options.struct_size = sizeof options;
    options.level = TIDEMILL_LEVEL_DEFAULT;
    options.input_bytes = in.size();
    options.output_bytes_max = out.size();
    tidemill_bytes input{reinterpret_cast<const std::uint8_t*>(in.data()), in.size()};
    tidemill_buffer output{reinterpret_cast<std::uint8_t*>(out.data()), out.size(), 0};
    if (table_.start(stream_, &options, why_.raw()) != TIDEMILL_OK ||
        table_.step(stream_, &input, &output, TIDEMILL_STEP_FINISH, why_.raw()) != TIDEMILL_DONE) {
      throw std::runtime_error(why_.message());
    }
    return output.size;
  }

 private:
  const tidemill_codec& table_;
  tidemill_stream* stream_ = nullptr;
  error_slot why_;
};

/// Runs both by turns and takes the quickest of each; prints a row. True within the bound.
inline bool compare_calls(const char* what, const bare_codec::call& bare,
                          const bare_codec::call& plugin, const std::string& in, std::string out,
                          std::size_t plain_bytes) {
  constexpr int rounds = 600;
  constexpr double bound = 1.05;
  const auto seconds_of = [&](const bare_codec::call& call) {
    const auto began = std::chrono::steady_clock::now();
    if (call(in, out) == 0) {
      throw std::runtime_error("a call gives nothing");
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  double best_bare = 1e9;
  double best_plugin = 1e9;
  for (int round = 0; round < rounds; ++round) {
    best_bare = std::min(best_bare, seconds_of(bare));
    best_plugin = std::min(best_plugin, seconds_of(plugin));
  }
  const double megabytes = static_cast<double>(plain_bytes) / 1e6;
  const double ratio = best_plugin / best_bare;
  std::printf("%-17s %8.1f MB/s bare, %8.1f MB/s plugin, time ratio %.3f (bound %.2f) %s\n", what,
              megabytes / best_bare, megabytes / best_plugin, ratio, bound,
              ratio <= bound ? "met" : "MISSED");
  return ratio <= bound;
}

/// Compares both directions on batches of 64 KiB. 0 where the plugin takes at most 5 % longer.
inline int compare_with_bare(const std::string& path, const bare_codec& bare) {
  const plugin_file file(path);
  const auto& table = file.kind<tidemill_codec>(TIDEMILL_CODEC);
  const instance one(file);
  plugin_stream compress(table, one, TIDEMILL_COMPRESS);
  plugin_stream decompress(table, one, TIDEMILL_DECOMPRESS);
  const std::string plain = text_like(std::size_t{64} << 10U);
  std::string packed(table.compressed_bytes_max(plain.size()), '\0');
  const bool compresses = compare_calls(
      "compress", bare.compress, [&](const auto& in, auto& out) { return compress.run(in, out); },
      plain, packed, plain.size());
  packed.resize(compress.run(plain, packed));
  const bool decompresses = compare_calls(
      "decompress", bare.decompress,
      [&](const auto& in, auto& out) { return decompress.run(in, out); }, packed,
      std::string(plain.size(), '\0'), plain.size());
  return compresses && decompresses ? 0 : 1;
}

}  // namespace tidemill::testkit
