#include "log/row_text.hpp"

#include <cstdio>

#include "terminal/style.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

using boost::json::object;

std::int64_t number(const object& row, const char* name) {
  const auto* const found = row.if_contains(name);
  const auto* const value = found == nullptr ? nullptr : found->if_int64();
  return value == nullptr ? -1 : *value;
}

std::string text(const object& row, const char* name) {
  const auto* const found = row.if_contains(name);
  if (found == nullptr || found->is_null()) {
    return "-";
  }
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

bool flag(const object& row, const char* name) {
  const auto* const found = row.if_contains(name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

/// " name=value", nothing for -1.
std::string given(const object& row, const char* name, const char* shown) {
  const std::int64_t value = number(row, name);
  return value < 0 ? "" : std::string(" ") + shown + "=" + std::to_string(value);
}

std::string batch_text(const object& row) {
  char head[160] = {};
  std::snprintf(head, sizeof head, "batch @%-10lld offsets %lld-%lld, %lld records, %s",
                static_cast<long long>(number(row, "position")),
                static_cast<long long>(number(row, "base_offset")),
                static_cast<long long>(number(row, "last_offset")),
                static_cast<long long>(number(row, "count")),
                size_text(static_cast<std::uint64_t>(number(row, "size"))).c_str());
  std::string all = head;
  all += " " + text(row, "compression") + ", " + text(row, "timestamp_type") + " " +
         time_text(number(row, "max_timestamp"));
  all += given(row, "leader_epoch", "epoch") + given(row, "producer_id", "producer") +
         given(row, "producer_epoch", "producer-epoch") + given(row, "base_sequence", "sequence") +
         given(row, "delete_horizon", "delete-horizon");
  all += flag(row, "transactional") ? " transactional" : "";
  all += flag(row, "control") ? " control" : "";
  return all;
}

std::string record_text(const object& row) {
  std::string all = "  " + std::to_string(number(row, "offset")) + " " +
                    time_text(number(row, "timestamp")) + " " + text(row, "key") + ": " +
                    text(row, "value");
  const std::string headers = text(row, "headers");
  return headers == "[]" ? all : all + " " + headers;
}

std::string producer_text(const object& row) {
  return "producer " + text(row, "producer_id") + " epoch " + text(row, "producer_epoch") +
         ", sequences " + text(row, "first_sequence") + "-" + text(row, "last_sequence") +
         ", last offset " + text(row, "last_offset") + ", " + time_text(number(row, "timestamp")) +
         ", " + text(row, "batches") + " batches, open transaction from " +
         text(row, "transaction_first_offset");
}

}  // namespace

std::string row_text(const object& row) {
  const std::string kind = text(row, "kind");
  if (kind == "batch") {
    return batch_text(row);
  }
  if (kind == "record") {
    return record_text(row);
  }
  if (kind == "offset_index_entry") {
    return "offset " + text(row, "offset") + " @" + text(row, "position");
  }
  if (kind == "time_index_entry") {
    return time_text(number(row, "timestamp")) + " offset " + text(row, "offset");
  }
  if (kind == "producer") {
    return producer_text(row);
  }
  if (kind == "aborted_transaction") {
    return "producer " + text(row, "producer_id") + " aborted offsets " +
           text(row, "first_offset") + "-" + text(row, "last_offset") + ", last stable offset " +
           text(row, "last_stable_offset");
  }
  if (kind == "leader_epoch") {
    return "epoch " + text(row, "leader_epoch") + " from offset " + text(row, "start_offset");
  }
  if (kind == "problem") {
    return shaded("PROBLEM", shade::bad) + " at byte " + text(row, "position") + ": found " +
           text(row, "found") + ", expected " + text(row, "expected");
  }
  return boost::json::serialize(row);
}

}  // namespace tidemill::cli
