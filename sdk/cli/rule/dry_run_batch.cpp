#include "rule/dry_run_batch.hpp"

#include <chrono>

#include "tidemill/partitioner.h"

namespace tidemill::cli {
namespace {

/// Measures what stands between its two calls.
class stop_watch {
 public:
  [[nodiscard]] std::uint64_t each_of(std::size_t count) const {
    const auto took = std::chrono::steady_clock::now() - begun_;
    const auto all = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
    return static_cast<std::uint64_t>(all) / std::max<std::size_t>(1, count);
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace

rule_batch::piece rule_batch::keep(const std::optional<std::string_view>& bytes) {
  if (!bytes) {
    return {};
  }
  const piece made{static_cast<std::int64_t>(bytes_.size()), bytes->size()};
  bytes_.append(*bytes);
  return made;
}

void rule_batch::add(const record_view& record) {
  partition_ = record.partition;
  for (const auto& [name, value] : record.headers) {
    headers_.emplace_back(keep(name), keep(value));
  }
  rows_.push_back(
      {record.offset, record.timestamp_ms, keep(record.key), keep(record.value), headers_.size()});
}

void rule_batch::clear() {
  bytes_.clear();
  rows_.clear();
  headers_.clear();
}

tidemill_bytes rule_batch::at(const piece& where) const noexcept {
  if (where.begin < 0) {
    return {};
  }
  return {reinterpret_cast<const std::uint8_t*>(bytes_.data()) + where.begin, where.size};
}

std::string rule_batch::key_text(std::size_t row) const {
  constexpr std::size_t longest = 60;
  const tidemill_bytes key = at(rows_[row].key);
  if (key.data == nullptr) {
    return "-";
  }
  const std::string_view text(reinterpret_cast<const char*>(key.data), key.size);
  const std::string shown = is_utf8(text) ? std::string(text) : "base64 " + base64_of(text);
  return shown.size() <= longest ? shown : shown.substr(0, longest) + "...";
}

rule_batch::columns rule_batch::columns_of() const {
  columns made;
  made.header_begin.push_back(0);
  for (const kept_row& one : rows_) {
    made.keys.push_back(at(one.key));
    made.values.push_back(at(one.value));
    made.timestamps.push_back(one.timestamp_ms);
    made.header_begin.push_back(static_cast<std::uint32_t>(one.headers_end));
  }
  for (const auto& [name, value] : headers_) {
    made.header_names.push_back(at(name));
    made.header_values.push_back(at(value));
  }
  return made;
}

std::vector<std::string> rule_batch::decide(rules::rule_runner& rule) {
  const columns shown = columns_of();
  tidemill_topic topic{};
  topic.struct_size = sizeof topic;
  topic.partition_count = partition_count_;
  topic.name = {reinterpret_cast<const std::uint8_t*>(topic_.data()), topic_.size()};
  tidemill_batch batch{};
  batch.struct_size = sizeof batch;
  batch.record_count = static_cast<std::uint32_t>(rows_.size());
  batch.columns = TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS;
  batch.topic = &topic;
  batch.partition = partition_;
  batch.base_offset = -1;
  batch.base_sequence = -1;
  batch.producer_id = -1;
  batch.keys = shown.keys.data();
  batch.values = shown.values.data();
  batch.timestamps_ms = shown.timestamps.data();
  batch.header_begin = shown.header_begin.data();
  batch.header_names = shown.header_names.data();
  batch.header_values = shown.header_values.data();
  return rule.program().facts.kind == rules::rule_kind::partitioner ? choose(rule, batch)
                                                                    : validate(rule, batch);
}

std::vector<std::string> rule_batch::choose(rules::rule_runner& rule, const tidemill_batch& batch) {
  std::vector<std::int32_t> partitions(rows_.size(), TIDEMILL_PARTITION_ANY);
  const stop_watch watch;
  const auto failed = rule.choose(batch, partitions.data());
  record_cost_ = watch.each_of(rows_.size());
  std::vector<std::string> decided;
  for (const std::int32_t one : partitions) {
    if (failed) {
      decided.push_back("error: " + failed->sentence);
    } else if (one == TIDEMILL_PARTITION_ANY) {
      decided.emplace_back("any");
    } else if (one == TIDEMILL_PARTITION_REJECT) {
      decided.push_back("reject: " + std::string(rule.reason()));
    } else {
      decided.push_back(std::to_string(one) + (one < partition_count_ ? "" : " (out of range)"));
    }
  }
  return decided;
}

std::vector<std::string> rule_batch::validate(rules::rule_runner& rule,
                                              const tidemill_batch& batch) {
  std::vector<std::string> decided(rows_.size(), "pass");
  const tidemill_rejections rejections{
      sizeof rejections, 0, &decided,
      [](const tidemill_rejections* to, std::uint32_t index, tidemill_bytes reason) {
        static_cast<std::vector<std::string>*>(to->context)
            ->at(index)
            .assign("reject: ")
            .append(reinterpret_cast<const char*>(reason.data), reason.size);
      }};
  const stop_watch watch;
  const auto failed = rule.validate(batch, rejections);
  record_cost_ = watch.each_of(rows_.size());
  if (failed) {
    decided.assign(rows_.size(), "error: " + failed->sentence);
  }
  return decided;
}

}  // namespace tidemill::cli
