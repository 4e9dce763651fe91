#include "record/codec.hpp"

#include "base/assert.hpp"

namespace tidemill::record {

result<bytes_view> codec::plain_form(bytes_view compressed, std::size_t output_size_bytes_max,
                                     byte_buffer& room) const {
  TIDEMILL_TRY(decompress(compressed, output_size_bytes_max, room));
  return bytes_view(room);
}

void codec_set::set(compression_type type, const codec* serves) noexcept {
  TIDEMILL_ASSERT(type != compression_type::none);
  codecs_.at(static_cast<std::size_t>(type)).store(serves, std::memory_order_release);
}

const codec* codec_set::find(compression_type type) const noexcept {
  return codecs_[static_cast<std::size_t>(type)].load(std::memory_order_acquire);
}

const codec_set& no_codecs() noexcept {
  static const codec_set none;
  return none;
}

}  // namespace tidemill::record
