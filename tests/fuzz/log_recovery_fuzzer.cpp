// Recovery of whatever lies in a log directory: no crash, no read past the bytes, and what comes
// out is a log that can be read from end to end and written to. The input is cut into the files of
// two segments and the offsets that the data directory would know; batches are given right
// checksums where the first byte says so, so that the fuzzer gets past them.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/assert.hpp"
#include "log/log.hpp"
#include "tests/support/log_builder.hpp"

namespace {

using namespace tidemill;

/// Takes a length-prefixed part off the front.
bytes_view take(bytes_view& from) {
  if (from.size() < 2) {
    return {};
  }
  const std::size_t wanted =
      static_cast<std::size_t>(from[0]) << 8U | static_cast<std::size_t>(from[1]);
  from = from.subspan(2);
  const bytes_view part = from.first(std::min(wanted, from.size()));
  from = from.subspan(part.size());
  return part;
}

/// Makes lengths and checksums of the batches fit where their headers are whole.
byte_buffer mended(bytes_view raw) {
  byte_buffer bytes(raw.begin(), raw.end());
  std::size_t at = 0;
  while (bytes.size() - at >= record::batch_header_size) {
    const auto length = load_big_endian<std::uint32_t>(bytes.data() + at + 8);
    const std::size_t size = std::min<std::size_t>(
        std::max<std::size_t>(length % 512, record::batch_header_size), bytes.size() - at);
    store_big_endian(bytes.data() + at + record::batch_length_position,
                     static_cast<std::int32_t>(size - record::batch_length_overhead));
    bytes[at + record::magic_position] = std::byte{2};
    record::assign_crc(mutable_bytes(bytes).subspan(at, size));
    at += size;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view rest(reinterpret_cast<const std::byte*>(data), size);
  if (rest.size() < 4) {
    return 0;
  }
  const auto choice = static_cast<unsigned>(rest[0]);
  const offset second_base{static_cast<std::int64_t>(rest[1]) + 1};
  const offset point{static_cast<std::int64_t>(rest[2])};
  test::simulated_log on;
  on.log_start = offset{static_cast<std::int64_t>(rest[3]) % 16};
  on.options.index_interval_bytes = 50;
  on.options.offsets_may_have_gaps = (choice & 2U) != 0;
  rest = rest.subspan(4);
  static_cast<void>(on.disk.create_directories(on.directory));
  for (const std::int64_t base : {std::int64_t{0}, second_base.value()}) {
    const bytes_view log_bytes = take(rest);
    if (base > 0 && log_bytes.empty()) {
      break;
    }
    const byte_buffer content =
        (choice & 1U) != 0 ? mended(log_bytes) : byte_buffer(log_bytes.begin(), log_bytes.end());
    on.disk.set_content(on.path(base, ".log"), content);
    on.disk.set_content(on.path(base, ".index"), take(rest));
    on.disk.set_content(on.path(base, ".timeindex"), take(rest));
  }
  const auto opened = on.open((choice & 4U) != 0 ? std::optional<offset>(point) : std::nullopt);
  if (!opened) {
    TIDEMILL_ASSERT(opened.error() == log::errc::corrupt);
    return 0;
  }
  log::log& log = **opened;
  TIDEMILL_ASSERT(log.log_start() <= log.log_end());
  offset at = log.log_start();
  while (at < log.log_end()) {
    const auto slice = log.read(at, {.size_bytes_max = 100});
    if (!slice || slice->empty()) {
      break;
    }
    TIDEMILL_ASSERT(slice->end > at);
    at = slice->end;
  }
  static_cast<void>(log.offset_for_timestamp(1000, log.log_end(), record::no_codecs()));
  static_cast<void>(log.max_timestamp(record::no_codecs()));
  if (!log.write_obstacle()) {
    const offset before = log.log_end();
    const auto appended = on.append(log, test::make_batch(2));
    TIDEMILL_ASSERT(appended && appended->base_offset == before);
  }
  return 0;
}
