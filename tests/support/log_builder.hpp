#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "log/log.hpp"
#include "record/batch_builder.hpp"
#include "tests/support/simulated_disk.hpp"

namespace tidemill::test {

/// A batch of `records` records with values of `value_size` bytes, one millisecond apart.
inline byte_buffer make_batch(int records, std::size_t value_size = 10,
                              std::int64_t timestamp_ms = 1'700'000'000'000,
                              std::optional<record::batch_producer> producer = std::nullopt) {
  record::batch_options options;
  options.producer = producer;
  record::batch_builder builder(options);
  const std::string value(value_size, 'v');
  for (int index = 0; index < records; ++index) {
    record::new_record one;
    one.timestamp_ms = timestamp_ms + index;
    one.value = as_bytes(value);
    builder.append(one);
  }
  auto built = builder.finish();
  return std::move(*built);
}

/// A log on a simulated disk, and what it needs around it.
struct simulated_log {
  explicit simulated_log(std::uint64_t seed = 1) : disk(seed) {
    static_cast<void>(disk.create_directories("/data"));
    disk.settle();
  }

  [[nodiscard]] result<std::unique_ptr<log::log>> open(
      std::optional<offset> recovery_point = std::nullopt, bool exists = true) {
    log::open_request request;
    request.directory = directory;
    request.options = std::make_shared<log::log_options>(options);
    request.observer = observer;
    request.recovery_point = recovery_point;
    request.log_start = log_start;
    request.exists = exists && disk.exists(directory);
    request.rewrite_tail = rewrite_tail;
    return log::log::open({disk, clock, open_logs, is_short_of_room}, std::move(request), report);
  }

  [[nodiscard]] result<log::append_outcome> append(log::log& to, byte_buffer batch,
                                                   std::int32_t epoch = 1) {
    const mutable_bytes view(batch);
    return to.append(std::span(&view, 1), leader_epoch{epoch});
  }

  [[nodiscard]] static result<void> flush(log::log& of) {
    TIDEMILL_TRY_ASSIGN(job, of.begin_flush(true));
    if (job.empty()) {
      return {};
    }
    const auto outcome = job.run();
    job.finish(outcome);
    return outcome;
  }

  [[nodiscard]] static byte_buffer bytes_of(const log::read_slice& slice) {
    byte_buffer bytes(static_cast<std::size_t>(slice.size_bytes));
    if (!slice.empty()) {
      bytes.resize(slice.file->read_at(slice.position, bytes).value());
    }
    return bytes;
  }

  /// Base offsets of all batches that reads return, from `from` on.
  [[nodiscard]] static std::vector<std::int64_t> bases(log::log& in, offset from,
                                                       const log::read_bounds& bounds = {}) {
    std::vector<std::int64_t> found;
    offset at = from;
    while (true) {
      const auto slice = in.read(at, bounds);
      if (!slice || slice->empty()) {
        return found;
      }
      const byte_buffer bytes = bytes_of(*slice);
      record::batch_scanner scanner(bytes);
      while (const auto batch = scanner.next()) {
        found.push_back(batch->base_offset().value());
      }
      if (!scanner.at_end() || slice->end <= at) {
        found.push_back(-1);
        return found;
      }
      at = slice->end;
    }
  }

  [[nodiscard]] std::string path(std::int64_t base, std::string_view suffix) const {
    std::string number = std::to_string(base);
    return directory + '/' + std::string(20 - number.size(), '0') + number + std::string(suffix);
  }

  /// Runs a deletion to its end, or until it waits.
  static log::deletion_job::progress run(log::deletion_job& job) {
    auto progress = log::deletion_job::progress::more;
    for (int step = 0; step < 10'000 && progress == log::deletion_job::progress::more; ++step) {
      const auto stepped = job.run_step();
      progress = stepped ? *stepped : log::deletion_job::progress::more;
    }
    return progress;
  }

  simulated_disk disk;
  simulated_clock clock;
  log::open_logs open_logs{100};
  const std::atomic<bool>* is_short_of_room = nullptr;
  log::log_options options;
  log::recovery_report report;
  log::batch_observer* observer = nullptr;
  std::string directory = "/data/topic-0";
  offset log_start{0};
  bool rewrite_tail = false;
};

}  // namespace tidemill::test
