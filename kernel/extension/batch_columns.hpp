#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "partition/record_gate.hpp"
#include "record/batch_view.hpp"
#include "record/errc.hpp"
#include "record/record_iterator.hpp"
#include "tidemill/batch.h"

namespace tidemill::extension {

/// Shows a batch to a plugin as columns, and only those that it needs. A batch of very many records
/// is shown in pieces, so that memory stays bounded whatever a client sends. Buffers are kept from
/// batch to batch. One thread.
///
///   columns.begin(destination, batch, records, needs);
///   while (columns.next()) { use columns.view() and columns.first_index() }
///   if (columns.error()) { ... }
class batch_columns {
 public:
  /// Records, and headers of records, in one piece. A single record may have more headers, up to
  /// headers_max; one with still more is refused: record_header_invalid.
  static constexpr std::uint32_t records_per_piece_max = 65'536;
  static constexpr std::size_t headers_per_piece_max = 65'536;
  static constexpr std::size_t headers_max = 1'000'000;

  batch_columns() = default;
  batch_columns(const batch_columns&) = delete;
  batch_columns& operator=(const batch_columns&) = delete;

  /// `needs` is a mask of TIDEMILL_KEYS ...; with 0 `records` are not looked at. What is handed in
  /// is borrowed until the last next().
  void begin(const partition::batch_destination& destination, const record::batch_view& batch,
             bytes_view records, std::uint32_t needs);
  /// The next piece; false after the last one, and at a malformed record. A batch that says it has
  /// no records has no piece.
  [[nodiscard]] bool next();
  /// nullopt while all was well; then error_index() is the record to blame.
  [[nodiscard]] std::optional<record::errc> error() const noexcept { return error_; }
  [[nodiscard]] std::int32_t error_index() const noexcept { return iterator_->index(); }

  [[nodiscard]] const tidemill_batch& view() const noexcept { return view_; }
  /// Of the first record of the piece within the batch.
  [[nodiscard]] std::uint32_t first_index() const noexcept { return first_index_; }

 private:
  void show_destination(const partition::batch_destination& destination);
  void show_batch(const record::batch_view& batch);
  void clear_columns();
  [[nodiscard]] bool add(const record::record_view& record);
  [[nodiscard]] bool add_headers(const record::record_view& record);
  void point_to_columns();

  std::uint32_t needs_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t first_index_ = 0;
  std::uint32_t done_ = 0;
  std::optional<record::batch_view> batch_;
  std::optional<record::record_iterator> iterator_;
  std::optional<record::errc> error_;

  tidemill_topic topic_{};
  tidemill_client client_{};
  tidemill_batch view_{};
  std::vector<tidemill_bytes> keys_;
  std::vector<tidemill_bytes> values_;
  std::vector<std::int64_t> timestamps_ms_;
  std::vector<std::uint32_t> header_begin_;
  std::vector<tidemill_bytes> header_names_;
  std::vector<tidemill_bytes> header_values_;
};

/// Text as the ABI has it; empty text becomes null, "not known".
[[nodiscard]] tidemill_bytes known_text(std::string_view text) noexcept;

}  // namespace tidemill::extension
