#include "extension/partitioner_adapter.hpp"

#include <algorithm>

#include "partition/errc.hpp"
#include "record/validate.hpp"
#include "tidemill/partitioner.h"

namespace tidemill::extension {
namespace {

std::string number(std::int64_t value) {
  return std::to_string(value);
}

/// Whether an answer agrees with the client's choice, or is none at all.
bool is_fine(std::int32_t answer, std::int32_t chosen) noexcept {
  return answer == chosen || answer == TIDEMILL_PARTITION_ANY;
}

bool is_out_of_range(std::int32_t answer, std::int32_t partition_count) noexcept {
  return answer < TIDEMILL_PARTITION_REJECT || answer >= partition_count;
}

}  // namespace

bool partitioner_adapter::needs_records(shard_index shard) const noexcept {
  return point_.at(shard).columns(kind::partitioner) != 0;
}

void partitioner_adapter::verify(const partition::batch_destination& destination,
                                 const record::batch_view& batch, bytes_view records,
                                 partition::objections& found) {
  seat& here = point_.at(destination.shard);
  std::uint64_t misplaced = 0;
  here.show(kind::partitioner, destination, batch, records, found,
            [&] { check_piece(here, destination, found, misplaced); });
  if (misplaced == 0 || found.error) {
    return;
  }
  here.count_objections(kind::partitioner, misplaced);
  if (mode_ == verify_mode::warn) {
    warn(here, destination, misplaced);
  } else {
    object(here, destination, found, misplaced);
  }
}

void partitioner_adapter::check_piece(seat& here, const partition::batch_destination& destination,
                                      partition::objections& found,
                                      std::uint64_t& misplaced) const {
  const tidemill_batch& view = here.columns_buffer.view();
  std::vector<std::int32_t>& answers = here.partitions_buffer;
  answers.assign(view.record_count, TIDEMILL_PARTITION_ANY);
  const std::int32_t chosen = destination.partition.value();
  std::uint64_t others = 0;
  const call_outcome asked = here.call(
      kind::partitioner, "choose", view.record_count,
      [&](tidemill_shard* shard, tidemill_error* error) {
        plugin_answer answer;
        answer.status =
            here.holder()->about().partitioner->choose(shard, &view, answers.data(), error);
        answer.is_failure = answer.status != TIDEMILL_OK;
        others = static_cast<std::uint64_t>(std::ranges::count_if(
            answers, [chosen](std::int32_t one) { return !is_fine(one, chosen); }));
        answer.is_out_of_range = !answer.is_failure && others != 0 &&
                                 std::ranges::any_of(answers, [&](std::int32_t one) {
                                   return is_out_of_range(one, destination.partition_count);
                                 });
        return answer;
      });
  if (!asked.is_answered) {
    return could_not_ask(here, asked.why, found);
  }
  for (std::size_t i = 0; others != 0 && i < answers.size(); ++i) {
    const std::int32_t answer = answers[i];
    if (is_fine(answer, chosen) || is_out_of_range(answer, destination.partition_count)) {
      continue;
    }
    ++misplaced;
    if (mode_ == verify_mode::reject && found.records.size() < record::record_errors_max) {
      const auto index = static_cast<std::int32_t>(here.columns_buffer.first_index() + i);
      found.records.push_back(
          {index, answer == TIDEMILL_PARTITION_REJECT
                      ? "the record belongs into no partition, by the partitioner " + here.name()
                      : "the record belongs into partition " + number(answer) + ", not " +
                            number(chosen) + ", by the partitioner " + here.name()});
    }
  }
}

void partitioner_adapter::object(const seat& here, const partition::batch_destination& destination,
                                 partition::objections& found, std::uint64_t misplaced) const {
  const partition::record_rejection& first = found.records.front();
  found.message = number(static_cast<std::int64_t>(misplaced)) + " of the records for " +
                  std::string(destination.topic_name) + "-" +
                  number(destination.partition.value()) + " were refused; record " +
                  number(first.index) + ": " + first.message +
                  ". Does the producer use the topic's partitioner (" + here.name() + ")?";
  found.error = make_error_code(partition::errc::records_rejected);
}

void partitioner_adapter::could_not_ask(const seat& here, const std::string& why,
                                        partition::objections& found) const {
  const bool is_closed =
      here.holder() != nullptr && here.holder()->settings().on_error == failure_answer::closed;
  if (is_closed && mode_ == verify_mode::reject) {
    found.message = "the partitioner " + here.name() + " of the topic cannot be asked: " + why;
    found.error = make_error_code(partition::errc::records_rejected);
  }
}

void partitioner_adapter::warn(seat& here, const partition::batch_destination& destination,
                               std::uint64_t misplaced) const {
  const std::string_view client =
      destination.client == nullptr ? std::string_view() : destination.client->client_id;
  if (here.count_mismatches(client, misplaced)) {
    here.holder()->host().write_line(
        line_level::warning,
        "the client \"" + std::string(client) + "\" sends records into other partitions than " +
            here.name() + " chooses, first to " + std::string(destination.topic_name) + "-" +
            number(destination.partition.value()) + "; from now on they are counted");
  }
}

}  // namespace tidemill::extension
