#include "extension/batch_columns.hpp"

#include <algorithm>

#include "tidemill/inspection/rules.hpp"

namespace tidemill::extension {
namespace {

tidemill_bytes to_bytes(bytes_view bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

tidemill_bytes to_bytes(const std::optional<bytes_view>& bytes) noexcept {
  return bytes ? to_bytes(*bytes) : tidemill_bytes{nullptr, 0};
}

bool is_local(std::string_view address) noexcept {
  return address.starts_with("127.") || address.starts_with("[::1]");
}

}  // namespace

tidemill_bytes known_text(std::string_view text) noexcept {
  return text.empty()
             ? tidemill_bytes{nullptr, 0}
             : tidemill_bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void batch_columns::begin(const partition::batch_destination& destination,
                          const record::batch_view& batch, bytes_view records,
                          std::uint32_t needs) {
  needs_ = needs & inspection::all_columns;
  count_ = static_cast<std::uint32_t>(std::max(batch.record_count(), 0));
  first_index_ = 0;
  done_ = 0;
  batch_ = batch;
  iterator_.emplace(records, batch.record_count());
  error_.reset();
  show_destination(destination);
  show_batch(batch);
}

void batch_columns::show_destination(const partition::batch_destination& destination) {
  topic_.struct_size = sizeof topic_;
  topic_.partition_count = destination.partition_count;
  topic_.name = known_text(destination.topic_name);
  std::ranges::copy(destination.topic.octets, topic_.id.bytes);
  topic_.epoch = destination.settings_epoch;
  view_ = {};
  view_.struct_size = sizeof view_;
  view_.topic = &topic_;
  view_.partition = destination.partition.value();
  if (destination.client != nullptr) {
    client_ = {};
    client_.struct_size = sizeof client_;
    client_.flags = is_local(destination.client->address) ? TIDEMILL_CLIENT_LOCAL : 0U;
    client_.listener = known_text(destination.client->listener);
    client_.address = known_text(destination.client->address);
    client_.client_id = known_text(destination.client->client_id);
    client_.principal_type = known_text("User");
    client_.principal_name = known_text("ANONYMOUS");
    view_.client = &client_;
  }
}

void batch_columns::show_batch(const record::batch_view& batch) {
  view_.columns = needs_;
  view_.flags = batch.is_transactional() ? TIDEMILL_BATCH_TRANSACTIONAL : 0U;
  const auto producer = batch.producer_id();
  view_.producer_id = producer ? producer->value() : -1;
  const auto epoch = batch.producer_epoch();
  view_.producer_epoch = epoch ? epoch->value() : -1;
  const auto compression = batch.compression();
  view_.compression = compression ? static_cast<std::int32_t>(*compression) : 0;
  view_.base_offset = -1;
}

bool batch_columns::next() {
  if (error_ || done_ == count_) {
    return false;
  }
  first_index_ = done_;
  const auto sequence = batch_->base_sequence();
  view_.base_sequence =
      sequence ? record::advance(*sequence, static_cast<std::int32_t>(done_)).value() : -1;
  if (needs_ == 0) {
    view_.record_count = count_;
    done_ = count_;
    return true;
  }
  clear_columns();
  const std::uint32_t end = std::min(count_, done_ + records_per_piece_max);
  record::record_view record;
  while (done_ < end && header_names_.size() < headers_per_piece_max) {
    if (!iterator_->next(record)) {
      error_ = iterator_->error().value_or(record::errc::records_missing);
      return false;
    }
    if (!add(record)) {
      return false;
    }
    ++done_;
  }
  view_.record_count = done_ - first_index_;
  point_to_columns();
  return true;
}

void batch_columns::clear_columns() {
  keys_.clear();
  values_.clear();
  timestamps_ms_.clear();
  header_begin_.clear();
  header_names_.clear();
  header_values_.clear();
}

bool batch_columns::add(const record::record_view& record) {
  if ((needs_ & TIDEMILL_KEYS) != 0) {
    keys_.push_back(to_bytes(record.key));
  }
  if ((needs_ & TIDEMILL_VALUES) != 0) {
    values_.push_back(to_bytes(record.value));
  }
  if ((needs_ & TIDEMILL_TIMESTAMPS) != 0) {
    timestamps_ms_.push_back(record::timestamp_ms_of(*batch_, record));
  }
  return (needs_ & TIDEMILL_HEADERS) == 0 || add_headers(record);
}

bool batch_columns::add_headers(const record::record_view& record) {
  header_begin_.push_back(static_cast<std::uint32_t>(header_names_.size()));
  if (static_cast<std::size_t>(record.header_count) > headers_max) {
    error_ = record::errc::record_header_invalid;
    return false;
  }
  record::header_iterator headers = record.headers();
  record::header_view header;
  while (headers.next(header)) {
    header_names_.push_back(to_bytes(header.key));
    header_values_.push_back(to_bytes(header.value));
  }
  error_ = headers.error();
  return !error_;
}

void batch_columns::point_to_columns() {
  const auto has = [&](std::uint32_t column) { return (needs_ & column) != 0; };
  view_.keys = has(TIDEMILL_KEYS) ? keys_.data() : nullptr;
  view_.values = has(TIDEMILL_VALUES) ? values_.data() : nullptr;
  view_.timestamps_ms = has(TIDEMILL_TIMESTAMPS) ? timestamps_ms_.data() : nullptr;
  if (has(TIDEMILL_HEADERS)) {
    header_begin_.push_back(static_cast<std::uint32_t>(header_names_.size()));
    view_.header_begin = header_begin_.data();
    view_.header_names = header_names_.data();
    view_.header_values = header_values_.data();
  }
}

}  // namespace tidemill::extension
