#pragma once
// A batch of records as a rule sees it.

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/batch.h"

namespace tidemill::rules::testing {

inline tidemill_bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct rule_record {
  std::optional<std::string> key;
  std::optional<std::string> value = "";
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
  std::int64_t timestamp = 1000;
};

/// Owns the records and the view of them.
class rule_batch {
 public:
  explicit rule_batch(std::vector<rule_record> records, std::int32_t partition_count = 10)
      : records_(std::move(records)) {
    header_begin_.push_back(0);
    for (const rule_record& one : records_) {
      keys_.push_back(one.key ? bytes_of(*one.key) : tidemill_bytes{});
      values_.push_back(one.value ? bytes_of(*one.value) : tidemill_bytes{});
      timestamps_.push_back(one.timestamp);
      for (const auto& [name, value] : one.headers) {
        names_.push_back(bytes_of(name));
        header_values_.push_back(value ? bytes_of(*value) : tidemill_bytes{});
      }
      header_begin_.push_back(static_cast<std::uint32_t>(names_.size()));
    }
    topic_.struct_size = sizeof topic_;
    topic_.partition_count = partition_count;
    topic_.name = bytes_of(topic_name_);
    client_.struct_size = sizeof client_;
    client_.client_id = bytes_of(client_id_);
    view_.struct_size = sizeof view_;
    view_.record_count = static_cast<std::uint32_t>(records_.size());
    view_.columns = TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS;
    view_.topic = &topic_;
    view_.client = &client_;
    view_.partition = 3;
    view_.base_offset = -1;
    view_.keys = keys_.data();
    view_.values = values_.data();
    view_.timestamps_ms = timestamps_.data();
    view_.header_begin = header_begin_.data();
    view_.header_names = names_.data();
    view_.header_values = header_values_.data();
  }
  rule_batch(const rule_batch&) = delete;
  rule_batch& operator=(const rule_batch&) = delete;

  [[nodiscard]] const tidemill_batch& view() const noexcept { return view_; }

 private:
  std::vector<rule_record> records_;
  std::string topic_name_ = "orders";
  std::string client_id_ = "shop";
  std::vector<tidemill_bytes> keys_;
  std::vector<tidemill_bytes> values_;
  std::vector<std::int64_t> timestamps_;
  std::vector<std::uint32_t> header_begin_;
  std::vector<tidemill_bytes> names_;
  std::vector<tidemill_bytes> header_values_;
  tidemill_topic topic_{};
  tidemill_client client_{};
  tidemill_batch view_{};
};

}  // namespace tidemill::rules::testing
