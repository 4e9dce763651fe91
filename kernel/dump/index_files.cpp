#include "dump/index_files.hpp"

#include "base/big_endian.hpp"
#include "log/file_names.hpp"
#include "log/leader_epoch_cache.hpp"
#include "log/offset_index.hpp"
#include "log/producer_state_snapshot.hpp"
#include "log/time_index.hpp"
#include "log/transaction_index.hpp"

namespace tidemill::dump {
namespace {

/// Calls `see(entry, position)` for the entries of a file, up to the zeros that fill the rest of a
/// file that was made as large as it may become (no entry is all zeros: the first batch of a
/// segment has none); tells of bytes that are left over.
template <class Entry, class See>
void for_each_entry(bytes_view bytes, row_writer& rows, See see) {
  std::size_t position = 0;
  for (; position + Entry::size_bytes <= bytes.size(); position += Entry::size_bytes) {
    const Entry entry = Entry::load(bytes.data() + position);
    if (entry == Entry{}) {
      return;
    }
    see(entry, position);
  }
  if (position != bytes.size()) {
    rows.problem(position, std::to_string(bytes.size() - position) + " bytes at the end",
                 "entries of " + std::to_string(Entry::size_bytes) + " bytes");
  }
}

}  // namespace

void dump_offset_index(bytes_view bytes, offset base, const batch_positions* batches,
                       row_writer& rows) {
  log::offset_index_entry before;
  for_each_entry<log::offset_index_entry>(bytes, rows, [&](const auto& entry, std::size_t at) {
    const offset last = base + offset_delta{static_cast<std::int32_t>(entry.relative_offset)};
    rows.write(
        {{"kind", "offset_index_entry"}, {"offset", last.value()}, {"position", entry.position}});
    if (at > 0 &&
        (entry.relative_offset <= before.relative_offset || entry.position <= before.position)) {
      rows.problem(at, "an entry that does not rise", "offsets and positions that rise");
    }
    before = entry;
    if (batches == nullptr) {
      return;
    }
    const auto batch = batches->find(entry.position);
    if (batch == batches->end()) {
      rows.problem(at, "position " + std::to_string(entry.position) + ", where no batch begins",
                   "the position of a batch");
    } else if (batch->second < last) {
      rows.problem(at, "offset " + std::to_string(last.value()),
                   "at most " + std::to_string(batch->second.value()) +
                       ", the last offset of the batch there");
    }
  });
}

void dump_time_index(bytes_view bytes, offset base, const batch_positions* batches,
                     row_writer& rows) {
  log::time_index_entry before;
  const std::int64_t last =
      batches == nullptr || batches->empty() ? -1 : batches->rbegin()->second.value();
  for_each_entry<log::time_index_entry>(bytes, rows, [&](const auto& entry, std::size_t at) {
    const std::int64_t position = base.value() + entry.relative_offset;
    rows.write(
        {{"kind", "time_index_entry"}, {"timestamp", entry.timestamp_ms}, {"offset", position}});
    if (at > 0 && (entry.timestamp_ms < before.timestamp_ms ||
                   entry.relative_offset < before.relative_offset)) {
      rows.problem(at, "an entry that does not rise", "times and offsets that rise");
    }
    before = entry;
    if (last >= 0 && position > last) {
      rows.problem(at, "offset " + std::to_string(position),
                   "at most " + std::to_string(last) + ", the last of the segment");
    }
  });
}

void dump_transaction_index(bytes_view bytes, row_writer& rows) {
  const auto read = log::transaction_index::decode(bytes, offset{0}, log::offset_limit);
  if (!read) {
    rows.problem(0, std::to_string(bytes.size()) + " bytes that are no transaction index",
                 "entries of 34 bytes, version 0, whose last offsets rise");
    return;
  }
  for (const auto& entry : read->entries()) {
    rows.write({{"kind", "aborted_transaction"},
                {"producer_id", entry.producer.value()},
                {"first_offset", entry.first_offset.value()},
                {"last_offset", entry.last_offset.value()},
                {"last_stable_offset", entry.last_stable_offset.value()}});
  }
}

void dump_producer_snapshot(bytes_view bytes, row_writer& rows) {
  const auto entries = log::decode_producer_snapshot(bytes);
  if (!entries) {
    rows.problem(0, std::to_string(bytes.size()) + " bytes that are no producer snapshot",
                 "version 1, with a checksum that fits");
    return;
  }
  for (const auto& entry : *entries) {
    const auto* const latest = entry.latest();
    const auto open = entry.transaction_first_offset;
    rows.write({{"kind", "producer"},
                {"producer_id", entry.id.value()},
                {"producer_epoch", entry.epoch.value()},
                {"first_sequence", latest == nullptr ? -1 : latest->base_sequence().value()},
                {"last_sequence", latest == nullptr ? -1 : latest->last_sequence.value()},
                {"last_offset", latest == nullptr ? -1 : latest->last_offset.value()},
                {"offset_delta", latest == nullptr ? 0 : latest->delta},
                {"timestamp", entry.last_timestamp_ms},
                {"coordinator_epoch", entry.coordinator_epoch},
                {"transaction_first_offset",
                 open ? boost::json::value(open->value()) : boost::json::value()},
                {"batches", entry.batch_count}});
  }
}

void dump_leader_epochs(bytes_view bytes, row_writer& rows) {
  const auto read = log::leader_epoch_cache::from_text(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!read) {
    rows.problem(
        0, std::to_string(bytes.size()) + " bytes that are no checkpoint of epochs",
        "version 0, the number of entries, then lines of epoch and start offset that rise");
    return;
  }
  for (const auto& entry : read->entries()) {
    rows.write({{"kind", "leader_epoch"},
                {"leader_epoch", entry.epoch.value()},
                {"start_offset", entry.start_offset.value()}});
  }
}

}  // namespace tidemill::dump
