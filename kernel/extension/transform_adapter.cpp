#include "extension/transform_adapter.hpp"

#include <algorithm>

#include "partition/errc.hpp"
#include "record/validate.hpp"
#include "tidemill/transform.h"

namespace tidemill::extension {
namespace {

constexpr std::size_t reason_size_max = 255;

/// Behind tidemill_rejections, for one call.
struct collector {
  std::vector<partition::record_rejection> records;
  std::uint32_t record_count = 0;
  bool is_out_of_range = false;

  static void reject(const tidemill_rejections* rejections, std::uint32_t index,
                     tidemill_bytes reason) {
    auto& self = *static_cast<collector*>(rejections->context);
    if (index >= self.record_count) {
      self.is_out_of_range = true;
      return;
    }
    // In order; of two reasons for one record the first stays.
    const auto at = std::ranges::lower_bound(self.records, static_cast<std::int32_t>(index), {},
                                             &partition::record_rejection::index);
    const bool is_known = at != self.records.end() && at->index == static_cast<std::int32_t>(index);
    if (!is_known && self.records.size() < record::record_errors_max) {
      const std::string_view text(reinterpret_cast<const char*>(reason.data),
                                  reason.data == nullptr ? 0 : reason.size);
      self.records.insert(at, {static_cast<std::int32_t>(index),
                               text.empty() ? "the record was refused by a rule of the topic"
                                            : escape(text, reason_size_max)});
    }
  }
};

}  // namespace

bool transform_adapter::needs_records(shard_index shard) const noexcept {
  return point_.at(shard).columns(kind::transform) != 0;
}

void transform_adapter::judge(const partition::batch_destination& destination,
                              const record::batch_view& batch, bytes_view records,
                              partition::objections& found) {
  seat& here = point_.at(destination.shard);
  here.show(kind::transform, destination, batch, records, found, [&] { judge_piece(here, found); });
  if (!found.error && !found.records.empty()) {
    here.count_objections(kind::transform, found.records.size());
    const partition::record_rejection& first = found.records.front();
    found.message = std::to_string(found.records.size()) + " records were refused by " +
                    here.name() + "; record " + std::to_string(first.index) + ": " + first.message;
    found.error = make_error_code(partition::errc::records_rejected);
  }
}

void transform_adapter::judge_piece(seat& here, partition::objections& found) const {
  const tidemill_batch& view = here.columns_buffer.view();
  collector collected;
  collected.record_count = view.record_count;
  const tidemill_rejections rejections{sizeof rejections, 0, &collected, collector::reject};
  const call_outcome asked = here.call(
      kind::transform, "validate", view.record_count,
      [&](tidemill_shard* shard, tidemill_error* error) {
        plugin_answer answer;
        answer.status =
            here.holder()->about().transform->validate(shard, &view, &rejections, error);
        answer.is_failure = answer.status != TIDEMILL_OK && answer.status != TIDEMILL_DENIED;
        answer.is_out_of_range = collected.is_out_of_range;
        return answer;
      });
  if (!asked.is_answered) {
    return could_not_ask(here, asked.why, found);
  }
  if (asked.status == TIDEMILL_DENIED) {
    here.count_objections(kind::transform, view.record_count);
    found.message = "the batch was refused by " + here.name() + ": " + asked.why;
    found.error = make_error_code(partition::errc::records_rejected);
    return;
  }
  for (partition::record_rejection& one : collected.records) {
    if (found.records.size() < record::record_errors_max) {
      one.index += static_cast<std::int32_t>(here.columns_buffer.first_index());
      found.records.push_back(std::move(one));
    }
  }
}

void transform_adapter::could_not_ask(const seat& here, const std::string& why,
                                      partition::objections& found) const {
  const bool is_open =
      here.holder() != nullptr && here.holder()->settings().on_error == failure_answer::open;
  if (!is_open) {
    found.message = "the rule " + here.name() + " of the topic cannot be asked: " + why;
    found.error = make_error_code(partition::errc::records_rejected);
  }
}

}  // namespace tidemill::extension
