#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/batch.h"

namespace tidemill::testkit {

/// The bytes of a text that stays where it is. An empty one is not null.
[[nodiscard]] inline tidemill_bytes view_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline tidemill_bytes view_of(const std::optional<std::string>& text) {
  return text ? view_of(*text) : tidemill_bytes{nullptr, 0};
}

/// A batch of records for a plugin to look at.
class records {
 public:
  struct header {
    std::string name;
    std::optional<std::string> value;
  };
  struct record {
    std::optional<std::string> key;
    std::optional<std::string> value = std::string("value");
    std::vector<header> headers = {};
    std::int64_t timestamp_ms = 1'700'000'000'000;
  };

  explicit records(std::int32_t partition_count = 12, std::string topic = "orders")
      : topic_name_(std::move(topic)) {
    topic_.struct_size = sizeof topic_;
    topic_.partition_count = partition_count;
    topic_.name = view_of(topic_name_);
    topic_.epoch = 1;
    client_.struct_size = sizeof client_;
    client_.client_id = view_of(client_id_);
    client_.principal_type = view_of(principal_type_);
    client_.principal_name = view_of(principal_name_);
  }
  records(const records&) = delete;
  records& operator=(const records&) = delete;

  records& add(record one) {
    kept_.push_back(std::move(one));
    return *this;
  }
  records& add_keys(const std::vector<std::optional<std::string>>& keys) {
    for (const auto& key : keys) {
      record one;
      one.key = key;
      add(std::move(one));
    }
    return *this;
  }
  [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

  /// The batch as the broker shows it to one who needs those columns; the others are NULL.
  [[nodiscard]] const tidemill_batch* view(std::uint32_t needs) {
    fill();
    batch_ = {};
    batch_.struct_size = sizeof batch_;
    batch_.record_count = static_cast<std::uint32_t>(kept_.size());
    batch_.columns = needs;
    batch_.topic = &topic_;
    batch_.client = &client_;
    batch_.partition = -1;
    batch_.base_sequence = -1;
    batch_.producer_id = -1;
    batch_.producer_epoch = -1;
    batch_.base_offset = -1;
    if ((needs & TIDEMILL_KEYS) != 0) {
      batch_.keys = keys_.data();
    }
    if ((needs & TIDEMILL_VALUES) != 0) {
      batch_.values = values_.data();
    }
    if ((needs & TIDEMILL_TIMESTAMPS) != 0) {
      batch_.timestamps_ms = timestamps_.data();
    }
    if ((needs & TIDEMILL_HEADERS) != 0) {
      batch_.header_begin = header_begin_.data();
      batch_.header_names = header_names_.data();
      batch_.header_values = header_values_.data();
    }
    return &batch_;
  }

 private:
  void fill() {
    keys_.clear();
    values_.clear();
    timestamps_.clear();
    header_begin_.assign(1, 0);
    header_names_.clear();
    header_values_.clear();
    for (const record& one : kept_) {
      keys_.push_back(view_of(one.key));
      values_.push_back(view_of(one.value));
      timestamps_.push_back(one.timestamp_ms);
      for (const header& of : one.headers) {
        header_names_.push_back(view_of(of.name));
        header_values_.push_back(view_of(of.value));
      }
      header_begin_.push_back(static_cast<std::uint32_t>(header_names_.size()));
    }
  }

  std::string topic_name_;
  std::string client_id_ = "producer-1";
  std::string principal_type_ = "User";
  std::string principal_name_ = "alice";
  tidemill_topic topic_{};
  tidemill_client client_{};
  tidemill_batch batch_{};
  std::deque<record> kept_;
  std::vector<tidemill_bytes> keys_, values_, header_names_, header_values_;
  std::vector<std::int64_t> timestamps_;
  std::vector<std::uint32_t> header_begin_;
};

}  // namespace tidemill::testkit
