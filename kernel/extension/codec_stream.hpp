#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "extension/instance.hpp"
#include "extension/plugin_call.hpp"

namespace tidemill::extension {

/// What a batch came to.
struct stream_outcome {
  tidemill_status status = TIDEMILL_OK;
  /// The call that ended it: "start".
  const char* function = "step";
  std::string why;
  /// Of the input that the plugin has not taken.
  std::size_t left_over = 0;
};

/// How one batch is to be treated.
struct stream_bounds {
  std::size_t output_size_bytes_max = 0;
  /// Of the compression; nullopt: the codec's own.
  std::optional<std::int32_t> level;
};

/// One stream of a codec plugin, for one direction and one thread; used for many batches.
class codec_stream {
 public:
  /// Borrows the state, which is closed after it.
  codec_stream(const shard_state& state, std::uint32_t direction) noexcept
      : state_(state), direction_(direction) {}
  ~codec_stream();
  codec_stream(const codec_stream&) = delete;
  codec_stream& operator=(const codec_stream&) = delete;

  /// Puts a whole batch through: TIDEMILL_DONE, or a failure. What came out lies in output() until
  /// the next run. Never more than the bounds allow: TIDEMILL_TOO_LARGE.
  [[nodiscard]] stream_outcome run(bytes_view input, const stream_bounds& bounds);
  [[nodiscard]] bytes_view output() const noexcept { return {room_.get(), size_}; }
  /// It holds more room than most batches need, of which trim() lets go.
  [[nodiscard]] bool is_oversized() const noexcept;
  void trim() noexcept;

 private:
  [[nodiscard]] tidemill_status open(error_slot& error);
  [[nodiscard]] tidemill_status start(std::size_t input_size, const stream_bounds& bounds,
                                      error_slot& error);
  [[nodiscard]] tidemill_status steps(tidemill_bytes& input, std::size_t output_size_bytes_max,
                                      error_slot& error);
  void grow(std::size_t capacity);

  const shard_state& state_;
  std::uint32_t direction_;
  tidemill_stream* raw_ = nullptr;
  std::unique_ptr<std::byte[]> room_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tidemill::extension
