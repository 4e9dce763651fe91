#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record/record_text.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::cli {

/// Records of one partition, kept as the columns that a rule is shown. One thread.
class rule_batch {
 public:
  /// A producer's batch of that many is what a rule usually sees.
  static constexpr std::size_t records_max = 100;

  rule_batch(std::string topic, std::int32_t partition_count)
      : topic_(std::move(topic)), partition_count_(partition_count) {}

  /// Copies the record. All of a batch are of one partition.
  void add(const record_view& record);
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] bool is_full() const noexcept { return rows_.size() >= records_max; }
  [[nodiscard]] std::int32_t partition() const noexcept { return partition_; }
  [[nodiscard]] std::int64_t offset_of(std::size_t row) const noexcept { return rows_[row].offset; }
  /// For people; cut to a bearable length.
  [[nodiscard]] std::string key_text(std::size_t row) const;

  /// What the rule decides of each: "3", "any", "pass", "reject: why", "error: why".
  [[nodiscard]] std::vector<std::string> decide(rules::rule_runner& rule);
  /// Nanoseconds a record that the last decide() has taken.
  [[nodiscard]] std::uint64_t record_cost() const noexcept { return record_cost_; }

 private:
  struct piece {
    /// Into bytes_; -1: null.
    std::int64_t begin = -1;
    std::size_t size = 0;
  };
  struct kept_row {
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    piece key;
    piece value;
    std::size_t headers_end = 0;
  };
  /// Columns that point into bytes_, which must not grow any more.
  struct columns {
    std::vector<tidemill_bytes> keys;
    std::vector<tidemill_bytes> values;
    std::vector<std::int64_t> timestamps;
    std::vector<std::uint32_t> header_begin;
    std::vector<tidemill_bytes> header_names;
    std::vector<tidemill_bytes> header_values;
  };

  [[nodiscard]] piece keep(const std::optional<std::string_view>& bytes);
  [[nodiscard]] tidemill_bytes at(const piece& where) const noexcept;
  [[nodiscard]] columns columns_of() const;
  [[nodiscard]] std::vector<std::string> choose(rules::rule_runner& rule,
                                                const tidemill_batch& batch);
  [[nodiscard]] std::vector<std::string> validate(rules::rule_runner& rule,
                                                  const tidemill_batch& batch);

  std::string topic_;
  std::int32_t partition_count_;
  std::int32_t partition_ = 0;
  std::string bytes_;
  std::vector<kept_row> rows_;
  std::vector<std::pair<piece, piece>> headers_;
  std::uint64_t record_cost_ = 0;
};

}  // namespace tidemill::cli
