#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "record/batch_header.hpp"

namespace tidemill::record {

/// Compresses and decompresses what stands behind a batch header. The seam to which codec
/// extensions attach; the record room brings none along. Calls come from any thread, several at a
/// time.
class codec {
 public:
  codec() = default;
  codec(const codec&) = delete;
  codec& operator=(const codec&) = delete;
  virtual ~codec() = default;

  /// Replaces the contents of `output` with the plain form of `compressed`. Stops as soon as the
  /// output would pass `output_size_bytes_max`: decompressed_too_large. Anything else that is wrong
  /// with the input: compressed_data_malformed. Nothing is wrong with it, but the codec cannot
  /// work: codec_failed. After an error `output` is unspecified.
  [[nodiscard]] virtual result<void> decompress(bytes_view compressed,
                                                std::size_t output_size_bytes_max,
                                                byte_buffer& output) const = 0;

  /// The same without a copy where the codec can spare it: the plain form lies in `room`, or in
  /// memory of the codec, and stays until this thread calls the codec again or `room` changes.
  [[nodiscard]] virtual result<bytes_view> plain_form(bytes_view compressed,
                                                      std::size_t output_size_bytes_max,
                                                      byte_buffer& room) const;

  /// Appends the compressed form of `plain` to `output`. `level` as Kafka numbers them for this
  /// codec; nullopt: the codec's own.
  [[nodiscard]] virtual result<void> compress(bytes_view plain, std::optional<std::int32_t> level,
                                              byte_buffer& output) const = 0;
};

/// Which codec serves which compression; none at first. Any thread; whoever has found a codec may
/// go on to use it for a while after it was taken out, so what was ever set outlives the set's
/// readers.
class codec_set {
 public:
  /// Borrows `serves`, which outlives the set; nullptr takes it out again. Not for
  /// compression_type::none.
  void set(compression_type type, const codec* serves) noexcept;

  /// nullptr when no codec is loaded for it, and for compression_type::none.
  [[nodiscard]] const codec* find(compression_type type) const noexcept;

 private:
  std::array<std::atomic<const codec*>, compression_type_count> codecs_{};
};

/// The set without a codec, for whoever has none to give.
[[nodiscard]] const codec_set& no_codecs() noexcept;

}  // namespace tidemill::record
