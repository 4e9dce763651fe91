#include "extension/codec_stream.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "tidemill/codec.h"

namespace tidemill::extension {
namespace {

constexpr std::size_t room_min = 16 * 1024;
constexpr std::size_t room_kept_max = 4 << 20;
/// What most records grow by; a wrong guess costs another step.
constexpr std::size_t growth_guess = 4;
/// Beyond twice the input.
constexpr std::uint64_t growth_max = std::uint64_t{1} << 20;

/// The same bound as a multiple of the input, rounded up, for a codec that keeps to this one only.
/// Whoever gives the bound has weighed ratio and bytes (record::decompress_records).
std::uint32_t ratio_of(std::size_t output_size_bytes_max, std::size_t input_size) noexcept {
  const std::size_t input = std::max<std::size_t>(input_size, 1);
  const std::size_t ratio = output_size_bytes_max / input + (output_size_bytes_max % input != 0);
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(ratio, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

codec_stream::~codec_stream() {
  if (raw_ != nullptr) {
    notify_plugin(state_.of().about(), state_.of().name(), "close",
                  [&] { state_.of().about().codec->close(raw_); });
  }
}

stream_outcome codec_stream::run(bytes_view input, const stream_bounds& bounds) {
  const instance& with = state_.of();
  const tidemill_codec& codec = *with.about().codec;
  // One byte, so that an output that may not exist at all can still be told to be too large.
  const std::size_t output_size_bytes_max = std::max<std::size_t>(bounds.output_size_bytes_max, 1);
  size_ = 0;
  std::uint64_t guess = input.size() * growth_guess;
  if (direction_ == TIDEMILL_COMPRESS) {
    // A hint; no codec that is any good makes more of it than this.
    const std::uint64_t most = input.size() * 2 + growth_max;
    notify_plugin(with.about(), with.name(), "compressed_bytes_max",
                  [&] { guess = std::min(codec.compressed_bytes_max(input.size()), most); });
  }
  grow(std::min(std::max(static_cast<std::size_t>(guess), room_min), output_size_bytes_max));
  error_slot error;
  tidemill_bytes left{reinterpret_cast<const std::uint8_t*>(input.data()), input.size()};
  stream_outcome outcome;
  outcome.status = open(error);
  outcome.function = "open";
  if (outcome.status == TIDEMILL_OK) {
    outcome.function = "start";
    outcome.status = start(input.size(), {output_size_bytes_max, bounds.level}, error);
  }
  if (outcome.status == TIDEMILL_OK) {
    outcome.function = "step";
    outcome.status = steps(left, output_size_bytes_max, error);
  }
  outcome.left_over = left.size;
  if (outcome.status != TIDEMILL_DONE) {
    outcome.why = error.message(outcome.status);
  }
  return outcome;
}

tidemill_status codec_stream::open(error_slot& error) {
  if (raw_ != nullptr) {
    return TIDEMILL_OK;
  }
  const instance& with = state_.of();
  const tidemill_status opened = call_plugin(with.about(), with.name(), "open", error, [&] {
    return with.about().codec->open(state_.raw(), direction_, &raw_, error.raw());
  });
  if (opened != TIDEMILL_OK) {
    raw_ = nullptr;
  }
  return opened;
}

tidemill_status codec_stream::start(std::size_t input_size, const stream_bounds& bounds,
                                    error_slot& error) {
  const instance& with = state_.of();
  tidemill_stream_options options{};
  options.struct_size = sizeof options;
  options.level = bounds.level.value_or(TIDEMILL_LEVEL_DEFAULT);
  if (direction_ == TIDEMILL_DECOMPRESS) {
    options.output_bytes_max = bounds.output_size_bytes_max;
    options.output_ratio_max = ratio_of(bounds.output_size_bytes_max, input_size);
  }
  options.input_bytes = input_size;
  return call_plugin(with.about(), with.name(), "start", error,
                     [&] { return with.about().codec->start(raw_, &options, error.raw()); });
}

/// Each step takes input, gives output, or is the last: so there are at most as many as bytes.
tidemill_status codec_stream::steps(tidemill_bytes& input, std::size_t output_size_bytes_max,
                                    error_slot& error) {
  const instance& with = state_.of();
  const tidemill_codec& codec = *with.about().codec;
  while (true) {
    tidemill_buffer output{reinterpret_cast<std::uint8_t*>(room_.get()), capacity_, size_};
    const tidemill_bytes before = input;
    const tidemill_status status = call_plugin(with.about(), with.name(), "step", error, [&] {
      return codec.step(raw_, &input, &output, TIDEMILL_STEP_FINISH, error.raw());
    });
    const bool is_sound = output.size >= size_ && output.size <= capacity_ &&
                          input.size <= before.size &&
                          input.data == before.data + (before.size - input.size);
    if (!is_sound) {
      return TIDEMILL_INVALID;
    }
    const bool has_moved = output.size > size_ || input.size < before.size;
    size_ = output.size;
    if (status != TIDEMILL_OK) {
      return status;
    }
    if (size_ == capacity_ && capacity_ == output_size_bytes_max) {
      return TIDEMILL_TOO_LARGE;
    }
    if (size_ == capacity_ || !has_moved) {
      if (!has_moved && size_ < capacity_) {
        return TIDEMILL_INVALID;  // it has room and all of the input, and does nothing
      }
      grow(std::min(capacity_ * 2, output_size_bytes_max));
    }
  }
}

bool codec_stream::is_oversized() const noexcept {
  return capacity_ > room_kept_max;
}

void codec_stream::trim() noexcept {
  if (is_oversized()) {
    room_.reset();
    capacity_ = 0;
    size_ = 0;
  }
}

void codec_stream::grow(std::size_t capacity) {
  if (capacity <= capacity_) {
    return;
  }
  auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (size_ > 0) {
    std::memcpy(larger.get(), room_.get(), size_);
  }
  room_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace tidemill::extension
