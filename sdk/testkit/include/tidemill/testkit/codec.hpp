#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "tidemill/codec.h"
#include "tidemill/testkit/instance.hpp"

namespace tidemill::testkit {

/// How much is handed over at a time; by default everything.
struct codec_pieces {
  std::size_t input = SIZE_MAX;
  std::size_t output = SIZE_MAX;
};
/// Limits of a decompressor; 0 for none.
struct codec_limits {
  std::uint64_t bytes_max = 0;
  std::uint32_t ratio_max = 0;
};

/// A codec under test: one stream of each direction, reused from batch to batch as the broker does.
class codec {
 public:
  using pieces = codec_pieces;
  using limits = codec_limits;
  struct answer {
    tidemill_status status = TIDEMILL_OK;
    std::string bytes;
    std::string message;
    std::size_t steps = 0;
    /// Input that did not belong to the batch.
    std::size_t left_bytes = 0;
  };

  explicit codec(const std::string& path)
      : file_(path), table_(file_.kind<tidemill_codec>(TIDEMILL_CODEC)), instance_(file_) {
    error_slot why;
    if (table_.open(instance_.shard(), TIDEMILL_COMPRESS, &compress_, why.raw()) != TIDEMILL_OK ||
        table_.open(instance_.shard(), TIDEMILL_DECOMPRESS, &decompress_, why.raw()) !=
            TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
  }
  codec(const codec&) = delete;
  codec& operator=(const codec&) = delete;
  ~codec() {
    table_.close(compress_);
    table_.close(decompress_);
  }

  [[nodiscard]] const tidemill_codec& table() const noexcept { return table_; }

  [[nodiscard]] answer compress(const std::string& plain,
                                std::int32_t level = TIDEMILL_LEVEL_DEFAULT, pieces by = {}) {
    tidemill_stream_options options{};
    options.struct_size = sizeof options;
    options.level = level;
    options.input_bytes = plain.size();
    return run(compress_, options, plain, by, table_.compressed_bytes_max(plain.size()));
  }
  [[nodiscard]] answer decompress(const std::string& packed, limits most, pieces by = {}) {
    tidemill_stream_options options{};
    options.struct_size = sizeof options;
    options.level = TIDEMILL_LEVEL_DEFAULT;
    options.output_bytes_max = most.bytes_max;
    options.output_ratio_max = most.ratio_max;
    options.input_bytes = packed.size();
    return run(decompress_, options, packed, by, std::size_t{4} << 20U);
  }
  [[nodiscard]] answer decompress(const std::string& packed) {
    return decompress(packed, limits{});
  }

 private:
  [[nodiscard]] answer run(tidemill_stream* stream, const tidemill_stream_options& options,
                           const std::string& text, pieces by, std::size_t room_bytes) {
    answer made;
    error_slot why;
    made.status = table_.start(stream, &options, why.raw());
    // Filled beforehand, and one byte longer: a write past the room shows.
    std::string room(std::min(by.output, room_bytes) + 1, '\x5a');
    std::size_t taken = 0;
    std::size_t idle = 0;
    while (made.status == TIDEMILL_OK && idle < idle_steps_max) {
      const std::size_t offered = std::min(by.input, text.size() - taken);
      tidemill_bytes input{reinterpret_cast<const std::uint8_t*>(text.data()) + taken, offered};
      tidemill_buffer output{reinterpret_cast<std::uint8_t*>(room.data()), room.size() - 1, 0};
      const bool last = taken + offered == text.size();
      made.status =
          table_.step(stream, &input, &output, last ? TIDEMILL_STEP_FINISH : 0, why.raw());
      ++made.steps;
      if (room.back() != '\x5a') {
        throw std::runtime_error("the codec wrote past its room");
      }
      idle = input.size == offered && output.size == 0 ? idle + 1 : 0;
      taken += offered - input.size;
      made.bytes.append(room, 0, output.size);
    }
    made.left_bytes = text.size() - taken;
    made.message = idle == idle_steps_max ? "no progress" : why.message();
    return made;
  }

  static constexpr std::size_t idle_steps_max = 3;

  plugin_file file_;
  const tidemill_codec& table_;
  instance instance_;
  tidemill_stream* compress_ = nullptr;
  tidemill_stream* decompress_ = nullptr;
};

}  // namespace tidemill::testkit
