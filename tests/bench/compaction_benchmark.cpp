// Compaction on the real disk (a temporary directory): a log of 1 KiB records, of which one in ten
// has a key of its own, in batches of 16 KiB, as producers send them; the rate counts the bytes of
// the log, though each is read twice. Syncs are part of it. Then what the table of keys costs
// alone.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <memory>
#include <string>

#include "io/posix_disk.hpp"
#include "log/compaction/compaction_job.hpp"
#include "log/compaction/compaction_plan.hpp"
#include "log/log.hpp"
#include "record/batch_builder.hpp"

namespace {

using namespace tidemill;

constexpr std::uint64_t log_size_bytes = std::uint64_t{256} << 20;
constexpr int records_in_batch = 16;

class frozen_clock final : public io::clock {
 public:
  [[nodiscard]] io::monotonic_time now() const noexcept override { return {}; }
  [[nodiscard]] io::wall_time wall_now() const noexcept override {
    return io::wall_time(std::chrono::milliseconds(1'700'000'000'000));
  }
};

/// Keys come again and again in an order that no cache likes.
byte_buffer make_batch(std::uint64_t& record, std::uint64_t key_count) {
  record::batch_builder builder({});
  const std::string value(1000, 'v');
  for (int index = 0; index < records_in_batch; ++index) {
    const std::string key = "key-" + std::to_string(++record * 7919 % key_count);
    record::new_record one;
    one.timestamp_ms = 1'700'000'000'000;
    one.key = as_bytes(key);
    one.value = as_bytes(value);
    builder.append(one);
  }
  return *builder.finish();
}

struct compacted_log {
  compacted_log() {
    char pattern[] = "/tmp/tidemill-compaction-benchmark-XXXXXX";
    directory = std::string(mkdtemp(pattern)) + "/topic-0";
    options.segment_size_bytes_max = 64 << 20;
    log::open_request request;
    request.directory = directory;
    request.options = std::make_shared<log::log_options>(options);
    request.exists = false;
    opened = *log::log::open({*disk, clock, open_logs}, std::move(request), report);
  }
  ~compacted_log() {
    opened.reset();
    log::deletion_job job(*disk);
    job.add_directory(directory);
    while (!job.empty() && job.run_step()) {
    }
    static_cast<void>(disk->remove_directory(directory.substr(0, directory.rfind('/'))));
  }

  bool fill(std::uint64_t key_count) {
    std::uint64_t record = 0;
    while (opened->size_bytes() < log_size_bytes) {
      byte_buffer batch = make_batch(record, key_count);
      const mutable_bytes view(batch);
      if (!opened->append(std::span(&view, 1), leader_epoch{1})) {
        return false;
      }
    }
    auto job = opened->roll() ? opened->begin_flush(true) : result<log::flush_job>(error_code());
    if (!job) {
      return false;
    }
    const auto outcome = job->run();
    job->finish(outcome);
    return outcome.has_value();
  }

  /// Bytes that were compacted; 0 after an error.
  std::uint64_t compact() {
    auto plan = log::plan_compaction(opened->segments(), opened->log_start(),
                                     opened->recovery_point(), std::nullopt, {}, 0);
    log::compaction_order order;
    order.disk = disk.get();
    order.directory = directory;
    order.sources = std::move(plan.sources);
    order.options = options;
    order.seed = {1, 2};
    log::compaction_job job(std::move(order));
    while (true) {
      const auto progress = job.run_step();
      if (!progress) {
        return 0;
      }
      if (*progress == log::compaction_job::progress::segment_ready) {
        auto deletion = opened->replace(job.take_segment());
        while (deletion && !deletion->empty() && deletion->run_step()) {
        }
      } else if (*progress == log::compaction_job::progress::done) {
        return plan.dirty_bytes;
      }
    }
  }

  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  frozen_clock clock;
  log::open_logs open_logs{100};
  log::log_options options;
  log::recovery_report report;
  std::string directory;
  std::unique_ptr<log::log> opened;
};

void compact(benchmark::State& state) {
  std::int64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto on = std::make_unique<compacted_log>();
    const std::uint64_t records = log_size_bytes / 1024;
    const bool filled = on->fill(records * static_cast<std::uint64_t>(state.range(0)) / 100);
    state.ResumeTiming();
    const std::uint64_t compacted = filled ? on->compact() : 0;
    if (compacted == 0) {
      state.SkipWithError("compaction failed");
      break;
    }
    bytes += static_cast<std::int64_t>(compacted);
    state.PauseTiming();
    on.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(compact)->Arg(10)->Arg(100)->ArgName("unique_percent")->Unit(benchmark::kMillisecond);

void key_table_put(benchmark::State& state) {
  log::key_table table(std::uint64_t{128} << 20, {1, 2});
  std::int64_t count = 0;
  for (auto _ : state) {
    const std::string key = "key-" + std::to_string(count * 7919 % state.range(0));
    benchmark::DoNotOptimize(table.put(as_bytes(key), offset{count}));
    ++count;
  }
  state.SetItemsProcessed(count);
}
BENCHMARK(key_table_put)->Arg(1000)->Arg(1'000'000)->ArgName("keys");

}  // namespace
