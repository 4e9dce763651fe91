#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tidemill/batch.h"
#include "tidemill/values.hpp"

namespace tidemill::sdk {

class batch;

/// One record of a batch. Only columns that the plugin asked for may be read.
class record {
 public:
  record(const tidemill_batch* of, std::uint32_t index) noexcept : batch_(of), index_(index) {}

  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  [[nodiscard]] bytes key() const noexcept { return batch_->keys[index_]; }
  [[nodiscard]] bytes value() const noexcept { return batch_->values[index_]; }
  /// Milliseconds since 1970, or -1.
  [[nodiscard]] std::int64_t timestamp_ms() const noexcept { return batch_->timestamps_ms[index_]; }

  [[nodiscard]] std::uint32_t header_count() const noexcept {
    return batch_->header_begin[index_ + 1] - batch_->header_begin[index_];
  }
  [[nodiscard]] std::string_view header_name(std::uint32_t at) const noexcept {
    return bytes(batch_->header_names[batch_->header_begin[index_] + at]).text();
  }
  [[nodiscard]] bytes header_value(std::uint32_t at) const noexcept {
    return batch_->header_values[batch_->header_begin[index_] + at];
  }
  /// The value of the last header of that name, which wins in Kafka's clients; nullopt for none.
  [[nodiscard]] std::optional<bytes> header(std::string_view name) const noexcept {
    for (std::uint32_t at = header_count(); at > 0; --at) {
      if (header_name(at - 1) == name) {
        return header_value(at - 1);
      }
    }
    return std::nullopt;
  }

 private:
  const tidemill_batch* batch_;
  std::uint32_t index_;
};

/// Who is asking.
class client {
 public:
  explicit client(const tidemill_client* raw) noexcept : raw_(raw) {}

  [[nodiscard]] std::string_view listener() const noexcept { return text(raw_->listener); }
  [[nodiscard]] std::string_view address() const noexcept { return text(raw_->address); }
  [[nodiscard]] std::string_view client_id() const noexcept { return text(raw_->client_id); }
  [[nodiscard]] std::string_view principal_type() const noexcept {
    return text(raw_->principal_type);
  }
  [[nodiscard]] std::string_view principal_name() const noexcept {
    return text(raw_->principal_name);
  }
  [[nodiscard]] bool is_encrypted() const noexcept {
    return (raw_->flags & TIDEMILL_CLIENT_ENCRYPTED) != 0;
  }
  [[nodiscard]] const tidemill_client* raw() const noexcept { return raw_; }

 private:
  [[nodiscard]] static std::string_view text(tidemill_bytes raw) noexcept {
    return bytes(raw).text();
  }
  const tidemill_client* raw_;
};

/// A batch of records on its way into a topic. Borrowed for the call.
class batch {
 public:
  explicit batch(const tidemill_batch* raw) noexcept : raw_(raw) {}

  [[nodiscard]] std::uint32_t size() const noexcept { return raw_->record_count; }
  [[nodiscard]] record operator[](std::uint32_t index) const noexcept { return {raw_, index}; }
  [[nodiscard]] bytes key(std::uint32_t index) const noexcept { return raw_->keys[index]; }
  [[nodiscard]] bytes value(std::uint32_t index) const noexcept { return raw_->values[index]; }

  [[nodiscard]] std::string_view topic() const noexcept { return bytes(raw_->topic->name).text(); }
  [[nodiscard]] std::int32_t partition_count() const noexcept {
    return raw_->topic->partition_count;
  }
  /// The partition that the client chose, if any.
  [[nodiscard]] std::optional<std::int32_t> partition() const noexcept {
    return raw_->partition < 0 ? std::nullopt : std::optional(raw_->partition);
  }
  /// nullopt where that is not known.
  [[nodiscard]] std::optional<client> sender() const noexcept {
    return raw_->client == nullptr ? std::nullopt : std::optional(client(raw_->client));
  }
  [[nodiscard]] const tidemill_batch* raw() const noexcept { return raw_; }

 private:
  const tidemill_batch* raw_;
};

}  // namespace tidemill::sdk
