#include "dump/segment_file.hpp"

#include "log/batch_walk.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::dump {
namespace {

const char* name_of(std::optional<record::compression_type> compression) noexcept {
  if (!compression) {
    return "unknown";
  }
  switch (*compression) {
    case record::compression_type::none:
      return "none";
    case record::compression_type::gzip:
      return "gzip";
    case record::compression_type::snappy:
      return "snappy";
    case record::compression_type::lz4:
      return "lz4";
    case record::compression_type::zstd:
      return "zstd";
  }
  return "unknown";
}

/// The wire's -1 for what is not there, as the file has it.
template <class Id>
std::int64_t number_of(const std::optional<Id>& id) {
  return id ? std::int64_t{id->value()} : -1;
}

boost::json::object row_of(const record::batch_view& batch, std::uint64_t position) {
  const auto horizon = batch.delete_horizon_ms();
  return {{"kind", "batch"},
          {"position", position},
          {"size", batch.size()},
          {"base_offset", batch.base_offset().value()},
          {"last_offset", batch.last_offset().value()},
          {"count", batch.record_count()},
          {"leader_epoch", number_of(batch.leader_epoch())},
          {"producer_id", number_of(batch.producer_id())},
          {"producer_epoch", number_of(batch.producer_epoch())},
          {"base_sequence", number_of(batch.base_sequence())},
          {"last_sequence", number_of(batch.last_sequence())},
          {"transactional", batch.is_transactional()},
          {"control", batch.is_control()},
          {"compression", name_of(batch.compression())},
          {"timestamp_type", batch.timestamp_type() == record::timestamp_type::create_time
                                 ? "create_time"
                                 : "log_append_time"},
          {"max_timestamp", batch.max_timestamp_ms()},
          {"delete_horizon", horizon ? boost::json::value(*horizon) : boost::json::value()},
          {"magic", batch.magic()},
          {"crc", batch.crc()}};
}

boost::json::array headers_of(const record::record_view& from) {
  boost::json::array all;
  record::header_iterator headers = from.headers();
  record::header_view header;
  while (headers.next(header)) {
    all.push_back(boost::json::array{value_of(header.key), value_of(header.value)});
  }
  return all;
}

void dump_records(const record::batch_view& batch, std::uint64_t position, row_writer& rows) {
  if (batch.is_compressed()) {
    return;
  }
  record::record_iterator records(batch);
  record::record_view one;
  while (records.next(one)) {
    rows.write({{"kind", "record"},
                {"offset", record::offset_of(batch, one).value()},
                {"timestamp", record::timestamp_ms_of(batch, one)},
                {"key", value_of(one.key)},
                {"value", value_of(one.value)},
                {"headers", headers_of(one)}});
  }
  if (records.error()) {
    rows.problem(position,
                 "record " + std::to_string(records.index()) + " of the batch is malformed",
                 std::to_string(batch.record_count()) + " records");
  }
}

}  // namespace

batch_positions dump_segment(const io::file& file, std::uint64_t size, offset base,
                             const options& wanted, row_writer& rows) {
  batch_positions positions;
  // Compaction leaves gaps; whether there may be some cannot be told from the file.
  log::batch_scan scan(file, 0, size, {base, true});
  for (;;) {
    const auto step = scan.next();
    if (!step) {
      rows.problem(scan.position(), "reading failed: " + step.error().message(), "a batch");
      return positions;
    }
    if (*step == log::walk_step::end) {
      break;
    }
    const record::batch_view batch = scan.batch();
    rows.write(row_of(batch, scan.position()));
    positions[scan.position()] = batch.last_offset();
    if (wanted.with_records) {
      dump_records(batch, scan.position(), rows);
    }
  }
  if (scan.flaw() != log::recovery_report::cut_reason::none) {
    rows.problem(scan.position(), std::string(log::to_string(scan.flaw())),
                 "a whole batch from offset " + std::to_string(scan.expected().value()) +
                     " on whose checksum fits, or the end of the file at byte " +
                     std::to_string(size));
  }
  return positions;
}

}  // namespace tidemill::dump
