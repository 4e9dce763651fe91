// Whatever stands in a metadata log: a record is refused or decodes to something that encodes
// again, and an image takes it or refuses it, without a crash and without losing its own
// consistency. The input is a row of records, each behind two bytes of length.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "metadata/image_builder.hpp"
#include "metadata/records.hpp"

namespace {

using namespace tidemill;
using namespace tidemill::metadata;

void check_consistency(const image& state) {
  std::size_t partitions = 0;
  for (const auto& each : state.topics()) {
    TIDEMILL_ASSERT(state.find_topic(each.name) == &each);
    TIDEMILL_ASSERT(state.find_topic(each.id) == &each);
    partitions += each.partitions.size();
  }
  TIDEMILL_ASSERT(partitions == state.partition_count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = std::as_bytes(std::span(data, size));
  auto now = std::make_shared<const image>();
  std::int64_t index = 0;
  while (bytes.size() >= sizeof(std::uint16_t)) {
    const auto length =
        std::min<std::size_t>(load_big_endian<std::uint16_t>(bytes.data()), bytes.size() - 2);
    const auto decoded = decode_record(bytes.subspan(2, length));
    bytes = bytes.subspan(2 + length);
    if (!decoded) {
      continue;
    }
    const auto again = decode_record(encode_record(*decoded));
    TIDEMILL_ASSERT(again.has_value());
    TIDEMILL_ASSERT(encode_record(*again) == encode_record(*decoded));
    image_builder builder(now);
    if (builder.apply(*decoded, log_index{++index})) {
      now = builder.finish({log_index{index}, term{1}}).now;
    }
  }
  check_consistency(*now);
  return 0;
}
