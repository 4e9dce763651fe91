#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "tidemill/codec.h"
#include "tidemill/life.hpp"

namespace tidemill::sdk {

/// What a codec is: `static constexpr codec_facts codec{TIDEMILL_CODEC_GZIP, "gzip", 1, 9, 6}`.
struct codec_facts {
  std::uint32_t wire_id;
  const char* name;
  std::int32_t level_min = 0;
  std::int32_t level_max = 0;
  std::int32_t level_default = 0;
};

/// One step of a stream: take from `input`, add to the output.
class step {
 public:
  step(tidemill_bytes* input, tidemill_buffer* output, bool is_last,
       std::uint64_t output_left) noexcept
      : input_(input), output_(output), is_last_(is_last), output_left_(output_left) {}

  [[nodiscard]] std::span<const std::uint8_t> input() const noexcept {
    return {input_->data, input_->size};
  }
  void take(std::size_t size) noexcept {
    input_->data += size;
    input_->size -= size;
  }
  /// Nothing follows the input.
  [[nodiscard]] bool is_last() const noexcept { return is_last_; }

  /// Room that is left.
  [[nodiscard]] std::span<std::uint8_t> room() const noexcept {
    return {output_->data + output_->size, output_->capacity - output_->size};
  }
  void add(std::size_t size) noexcept { output_->size += size; }
  /// Copies as much of `from` as there is room for; how much that was.
  std::size_t copy(std::span<const std::uint8_t> from) noexcept {
    const std::size_t size = std::min(from.size(), room().size());
    std::copy_n(from.data(), size, room().data());
    add(size);
    return size;
  }

  /// The most that may still come out of a decompressor, by the limits of the stream. A format that
  /// tells its size beforehand is refused early.
  [[nodiscard]] std::uint64_t output_left() const noexcept { return output_left_; }

 private:
  tidemill_bytes* input_;
  tidemill_buffer* output_;
  bool is_last_;
  std::uint64_t output_left_;
};

/// One of the two directions of a codec: default-constructible, with
///   start(std::int32_t level) for a compressor, start() for a decompressor -> void or outcome
///   run(step&) -> outcome: OK to be called again, DONE, or a failure
template <class Compressor>
concept compressor =
    std::default_initializable<Compressor> && requires(Compressor& stream, step& one) {
      stream.start(std::int32_t{});
      { stream.run(one) } -> std::convertible_to<outcome>;
    };
template <class Decompressor>
concept decompressor =
    std::default_initializable<Decompressor> && requires(Decompressor& stream, step& one) {
      stream.start();
      { stream.run(one) } -> std::convertible_to<outcome>;
    };

/// A class is a codec if it has `codec` (codec_facts), types `compressor` and `decompressor`, and a
/// static compressed_bytes_max(input_bytes).
template <class Plugin>
concept codec = compressor<typename Plugin::compressor> &&
                decompressor<typename Plugin::decompressor> && requires {
                  { Plugin::codec } -> std::convertible_to<codec_facts>;
                  { Plugin::compressed_bytes_max(std::uint64_t{}) } -> std::same_as<std::uint64_t>;
                };

/// Holds a decompressor to its limits, so that no codec has to count.
class output_limit {
 public:
  void start(const tidemill_stream_options& options) noexcept {
    bytes_max_ = options.output_bytes_max;
    ratio_max_ = options.output_ratio_max;
    taken_ = 0;
    given_ = 0;
  }

  /// What may come out in all, with `more` input bytes in sight.
  [[nodiscard]] std::uint64_t left(std::uint64_t more) const noexcept {
    constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t seen = taken_ + more;
    const std::uint64_t by_bytes = bytes_max_ == 0 ? unlimited : bytes_max_;
    const std::uint64_t by_ratio =
        ratio_max_ == 0 || seen > unlimited / ratio_max_ ? unlimited : seen * ratio_max_;
    const std::uint64_t limit = std::min(by_bytes, by_ratio);
    return limit > given_ ? limit - given_ : 0;
  }
  void count(std::uint64_t taken, std::uint64_t given) noexcept {
    taken_ += taken;
    given_ += given;
  }

 private:
  std::uint64_t bytes_max_ = 0;
  std::uint64_t ratio_max_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t given_ = 0;
};

template <codec Plugin>
struct codec_table {
  /// Exactly one of the two is there.
  struct stream {
    std::unique_ptr<typename Plugin::compressor> compress;
    std::unique_ptr<typename Plugin::decompressor> decompress;
    output_limit limit;
  };

  static stream& behind(tidemill_stream* handle) noexcept {
    return *reinterpret_cast<stream*>(handle);
  }

  static tidemill_status open(tidemill_shard*, std::uint32_t direction, tidemill_stream** handle,
                              tidemill_error* why) noexcept {
    return guarded(why, [&]() -> outcome {
      auto made = std::make_unique<stream>();
      if (direction == TIDEMILL_COMPRESS) {
        made->compress = std::make_unique<typename Plugin::compressor>();
      } else if (direction == TIDEMILL_DECOMPRESS) {
        made->decompress = std::make_unique<typename Plugin::decompressor>();
      } else {
        return failure{TIDEMILL_UNSUPPORTED, "neither compress nor decompress"};
      }
      *handle = reinterpret_cast<tidemill_stream*>(made.release());
      return TIDEMILL_OK;
    });
  }

  static tidemill_status start(tidemill_stream* handle, const tidemill_stream_options* options,
                               tidemill_error* why) noexcept {
    stream& work = behind(handle);
    if (work.decompress != nullptr) {
      work.limit.start(*options);
      return guarded(why, [&] { return work.decompress->start(); });
    }
    const std::int32_t level =
        options->level == TIDEMILL_LEVEL_DEFAULT ? Plugin::codec.level_default : options->level;
    if (level != Plugin::codec.level_default &&
        (level < Plugin::codec.level_min || level > Plugin::codec.level_max)) {
      fill(why, "the compression level is out of range");
      return TIDEMILL_INVALID;
    }
    return guarded(why, [&] { return work.compress->start(level); });
  }

  static tidemill_status run(tidemill_stream* handle, tidemill_bytes* input,
                             tidemill_buffer* output, std::uint32_t flags,
                             tidemill_error* why) noexcept {
    stream& work = behind(handle);
    const bool is_last = (flags & TIDEMILL_STEP_FINISH) != 0;
    return guarded(why, [&]() -> outcome {
      if (work.compress != nullptr) {
        step one(input, output, is_last, std::numeric_limits<std::uint64_t>::max());
        return work.compress->run(one);
      }
      return run_within_limit(work, input, output, is_last);
    });
  }

  /// Gives no more room than the limit allows; when that is used up, room for one byte more tells
  /// whether the batch ends there or goes on.
  static outcome run_within_limit(stream& work, tidemill_bytes* input, tidemill_buffer* output,
                                  bool is_last) {
    const std::uint64_t left = work.limit.left(input->size);
    const std::size_t room = output->capacity - output->size;
    tidemill_buffer window{output->data + output->size, std::min<std::size_t>(room, left), 0};
    if (window.capacity > 0 || room == 0) {
      const std::size_t offered = input->size;
      step one(input, &window, is_last, left);
      outcome went = work.decompress->run(one);
      work.limit.count(offered - input->size, window.size);
      output->size += window.size;
      if (went.status() != TIDEMILL_OK || window.size < left || room <= left) {
        return went;
      }
    }
    std::uint8_t byte = 0;
    tidemill_buffer probe{&byte, 1, 0};
    step one(input, &probe, is_last, work.limit.left(input->size));
    outcome went = work.decompress->run(one);
    if (probe.size > 0) {
      return failure{TIDEMILL_TOO_LARGE, "the batch is larger than it may be when decompressed"};
    }
    return went;
  }

  static void close(tidemill_stream* handle) noexcept { delete &behind(handle); }

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) noexcept {
    return Plugin::compressed_bytes_max(input_bytes);
  }

  static constexpr tidemill_codec value = {
      .struct_size = sizeof(tidemill_codec),
      .flags = 0,
      .wire_id = Plugin::codec.wire_id,
      .level_min = Plugin::codec.level_min,
      .level_max = Plugin::codec.level_max,
      .level_default = Plugin::codec.level_default,
      .name = Plugin::codec.name,
      .open = open,
      .start = start,
      .step = run,
      .close = close,
      .compressed_bytes_max = compressed_bytes_max,
  };
};

}  // namespace tidemill::sdk
