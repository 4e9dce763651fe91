// Whatever bytes a client sends for a partition: no read past them, no crash; a batch that passes
// reads back whole. The first byte picks the rules. Unless its highest bit is set, length and
// checksum are made to fit, so that the fuzzer gets past them.
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "record/control_batch.hpp"
#include "record/record_iterator.hpp"
#include "record/validate.hpp"

namespace {

using namespace tidemill;
using namespace tidemill::record;

void make_fit(byte_buffer& batch) {
  if (batch.size() < batch_header_size) {
    return;
  }
  store_big_endian(batch.data() + batch_length_position,
                   static_cast<std::int32_t>(batch.size() - batch_length_overhead));
  batch[magic_position] = std::byte{2};
  assign_crc(batch);
}

validation_rules rules_of(std::uint8_t choice) {
  validation_rules rules;
  rules.depth = (choice & 1U) != 0 ? validation_depth::header : validation_depth::full;
  rules.key_required = (choice & 2U) != 0;
  rules.timestamp_type =
      (choice & 4U) != 0 ? timestamp_type::log_append_time : timestamp_type::create_time;
  rules.transactional_allowed = (choice & 8U) != 0;
  rules.now_ms = 1'700'000'000'000;
  if ((choice & 16U) != 0) {
    rules.timestamp_before_max_ms = 1000;
    rules.timestamp_after_max_ms = 1000;
  }
  return rules;
}

// Walks everything that can be walked; true if all of it was well-formed, offset deltas included.
bool walk(const batch_view& batch) {
  record_iterator records(batch);
  record_view record;
  bool sound = true;
  while (records.next(record)) {
    sound = sound && record.offset_delta == records.index() - 1;
    header_iterator headers = record.headers();
    header_view header;
    while (headers.next(header)) {
    }
    sound = sound && !headers.error();
  }
  return sound && !records.error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::uint8_t choice = data[0];
  const auto input = std::as_bytes(std::span(data + 1, size - 1));
  byte_buffer bytes(input.begin(), input.end());
  if ((choice & 0x80U) == 0) {
    make_fit(bytes);
  }
  const validation_rules rules = rules_of(choice);
  const verdict judged = validate_produced(bytes, rules);
  if (judged) {
    TIDEMILL_ASSERT(judged->batch.size() == bytes.size());
    TIDEMILL_ASSERT(!judged->walked || walk(judged->batch));
    prepare_for_append(bytes, *judged, rules);
    TIDEMILL_ASSERT(validate_stored(bytes).has_value());
    TIDEMILL_ASSERT(batch_view(bytes).timestamp_type() == rules.timestamp_type);
  }
  batch_scanner scanner(bytes);
  while (const auto batch = scanner.next()) {
    if (!batch->is_compressed()) {
      static_cast<void>(walk(*batch));
    }
    if (batch->is_control()) {
      static_cast<void>(read_end_transaction_marker(*batch));
    }
  }
  return 0;
}
