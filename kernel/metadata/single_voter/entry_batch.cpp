#include "metadata/single_voter/entry_batch.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "metadata/errc.hpp"
#include "protocol/message.hpp"
#include "protocol/records/control.hpp"
#include "protocol/writer.hpp"
#include "record/batch_builder.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::metadata {
namespace {

constexpr std::array<std::byte, 1> first_record_key{std::byte{0}};
constexpr std::int16_t leader_change_type = 2;

record::batch_options options_at(const batch_place& place) {
  record::batch_options options;
  options.base_offset = offset{place.first.value()};
  options.leader_epoch = leader_epoch{static_cast<std::int32_t>(place.term.value())};
  return options;
}

}  // namespace

result<byte_buffer> build_entry_batch(entry_list entries, const batch_place& place) {
  record::batch_builder builder(options_at(place));
  for (const auto& entry : entries) {
    TIDEMILL_ASSERT(!entry.empty());
    for (std::size_t i = 0; i < entry.size(); ++i) {
      record::new_record added;
      added.timestamp_ms = place.now_ms;
      if (i == 0) {
        added.key = bytes_view(first_record_key);
      }
      added.value = bytes_view(entry[i]);
      builder.append(added);
    }
  }
  return builder.finish();
}

result<byte_buffer> build_leader_change(broker_id leader, const batch_place& place) {
  protocol::writer key;
  key.integer(std::int16_t{0});
  key.integer(leader_change_type);
  protocol::leader_change_message message;
  message.leader_id = leader;
  message.voters.emplace_back().voter_id = leader;
  message.granting_voters.emplace_back().voter_id = leader;
  protocol::writer value;
  TIDEMILL_TRY(protocol::encode(value, message, api_version{0}));

  auto options = options_at(place);
  options.control = true;
  record::batch_builder builder(options);
  record::new_record added;
  added.timestamp_ms = place.now_ms;
  added.key = key.written();
  added.value = value.written();
  builder.append(added);
  return builder.finish();
}

result<void> entry_collection::add(const record::batch_view& batch) {
  if (batch.is_control()) {
    return {};
  }
  const tidemill::term term{batch.leader_epoch().value_or(leader_epoch{0}).value()};
  record::record_iterator records(batch);
  record::record_view stored;
  const auto first_bound = bounds_.size();
  while (records.next(stored)) {
    const bool begins = stored.key.has_value();
    if (!stored.value || (!begins && bounds_.size() == first_bound)) {
      return make_error_code(errc::log_corrupt);
    }
    if (begins) {
      bounds_.push_back({{log_index{0}, term}, records_.size(), records_.size()});
    }
    records_.push_back(*stored.value);
    bounds_.back().end = records_.size();
    bounds_.back().position.index = log_index{record::offset_of(batch, stored).value()};
  }
  if (records.error()) {
    return make_error_code(errc::log_corrupt);
  }
  return {};
}

void entry_collection::drop_through(log_index last) {
  std::erase_if(bounds_, [&](const bounds& each) { return each.position.index <= last; });
}

std::vector<committed_entry> entry_collection::entries() const {
  std::vector<committed_entry> all;
  all.reserve(bounds_.size());
  for (const auto& each : bounds_) {
    all.push_back({each.position, std::span(records_).subspan(each.begin, each.end - each.begin)});
  }
  return all;
}

}  // namespace tidemill::metadata
