#include "metadata/single_voter/snapshot_file.hpp"

#include <optional>

#include "metadata/errc.hpp"
#include "protocol/message.hpp"
#include "protocol/metadata/snapshot.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "record/batch_builder.hpp"
#include "record/batch_view.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::metadata {
namespace {

constexpr std::size_t batch_size_bytes_target = 1U << 20U;
constexpr std::uint64_t snapshot_size_bytes_max = 4ULL << 30U;

/// Gathers records into batches, and those into one buffer.
class snapshot_writer {
 public:
  void add(bytes_view value) {
    if (!batch_) {
      record::batch_options options;
      options.base_offset = offset{record_count_};
      batch_.emplace(options);
    }
    record::new_record added;
    added.timestamp_ms = 0;
    added.value = value;
    batch_->append(added);
    ++record_count_;
    if (batch_->size_bytes() >= batch_size_bytes_target) {
      close_batch();
    }
  }
  template <class Message>
  void add_framed(const Message& message) {
    protocol::writer to;
    to.unsigned_varint(static_cast<std::uint32_t>(Message::record_type));
    to.unsigned_varint(static_cast<std::uint32_t>(Message::version_max));
    note(protocol::encode(to, message, api_version{Message::version_max}));
    add(to.written());
  }
  [[nodiscard]] std::int64_t record_count() const noexcept { return record_count_; }
  [[nodiscard]] result<byte_buffer> finish() {
    close_batch();
    TIDEMILL_TRY(outcome_);
    return std::move(bytes_);
  }

 private:
  void note(const result<void>& step) {
    if (!step && outcome_) {
      outcome_ = step;
    }
  }
  void close_batch() {
    if (!batch_) {
      return;
    }
    auto finished = batch_->finish();
    batch_.reset();
    if (!finished) {
      note(finished.error());
      return;
    }
    bytes_.insert(bytes_.end(), finished->begin(), finished->end());
  }

  std::optional<record::batch_builder> batch_;
  byte_buffer bytes_;
  std::int64_t record_count_ = 0;
  result<void> outcome_;
};

template <class Message>
std::optional<Message> read_framed(bytes_view value) {
  protocol::reader from(value);
  const auto type = from.unsigned_varint();
  const auto version = from.unsigned_varint();
  if (from.failed() || type != static_cast<std::uint32_t>(Message::record_type) ||
      version > static_cast<std::uint32_t>(Message::version_max)) {
    return std::nullopt;
  }
  auto decoded =
      protocol::decode<Message>(from.rest(), api_version{static_cast<std::int16_t>(version)});
  return decoded ? std::optional(std::move(*decoded)) : std::nullopt;
}

/// All records of the file; nullopt when a batch or record is damaged.
std::optional<std::vector<bytes_view>> collect(bytes_view bytes) {
  std::vector<bytes_view> all;
  record::batch_scanner batches(bytes);
  while (const auto batch = batches.next()) {
    if (batch->crc() != batch->computed_crc() || batch->is_compressed() ||
        batch->base_offset() != offset{static_cast<std::int64_t>(all.size())}) {
      return std::nullopt;
    }
    record::record_iterator records(*batch);
    record::record_view stored;
    while (records.next(stored)) {
      if (!stored.value) {
        return std::nullopt;
      }
      all.push_back(*stored.value);
    }
    if (records.error()) {
      return std::nullopt;
    }
  }
  return batches.at_end() ? std::optional(std::move(all)) : std::nullopt;
}

}  // namespace

result<void> write_snapshot(io::disk& disk, const std::string& path, committed_position last,
                            snapshot_source& source) {
  snapshot_writer writer;
  protocol::metadata_snapshot_header header;
  header.last_index = last.index;
  header.last_term = last.term;
  writer.add_framed(header);
  record_sink sink([&](bytes_view value) { writer.add(value); });
  source(sink);
  protocol::metadata_snapshot_footer footer;
  footer.record_count = writer.record_count() + 1;
  writer.add_framed(footer);
  TIDEMILL_TRY_ASSIGN(bytes, writer.finish());
  return io::replace_file(disk, path, bytes);
}

result<snapshot> read_snapshot(io::disk& disk, const std::string& path) {
  TIDEMILL_TRY_ASSIGN(bytes, io::read_whole_file(disk, path, snapshot_size_bytes_max));
  auto records = collect(bytes);
  if (!records || records->size() < 2) {
    return make_error_code(errc::snapshot_corrupt);
  }
  const auto header = read_framed<protocol::metadata_snapshot_header>(records->front());
  const auto footer = read_framed<protocol::metadata_snapshot_footer>(records->back());
  if (!header || !footer || footer->record_count != static_cast<std::int64_t>(records->size())) {
    return make_error_code(errc::snapshot_corrupt);
  }
  snapshot read;
  read.last = {header->last_index, header->last_term};
  // Moving a vector keeps its elements where they are, so the views stay good.
  read.bytes = std::move(bytes);
  read.records.assign(records->begin() + 1, records->end() - 1);
  return read;
}

}  // namespace tidemill::metadata
