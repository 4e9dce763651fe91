// The log on the real disk (a temporary directory): appends by batch size and by batches per call,
// tail reads, reads through the index, recovery. Appends go to the page cache; fresh pages cost far
// more than recycled ones on some machines, so segments are small and old ones are removed.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <memory>
#include <string>

#include "io/posix_disk.hpp"
#include "log/log.hpp"
#include "record/batch_builder.hpp"

namespace {

using namespace tidemill;

class frozen_clock final : public io::clock {
 public:
  [[nodiscard]] io::monotonic_time now() const noexcept override { return {}; }
  [[nodiscard]] io::wall_time wall_now() const noexcept override {
    return io::wall_time(std::chrono::milliseconds(1'700'000'000'000));
  }
};

byte_buffer make_batch(std::size_t size) {
  record::batch_builder builder({});
  const std::string value(size - 80, 'v');
  record::new_record one;
  one.timestamp_ms = 1'700'000'000'000;
  one.value = as_bytes(value);
  builder.append(one);
  return *builder.finish();
}

struct log_on_disk {
  log_on_disk() {
    char pattern[] = "/tmp/tidemill-log-benchmark-XXXXXX";
    directory = std::string(mkdtemp(pattern)) + "/topic-0";
  }
  ~log_on_disk() {
    opened.reset();
    log::deletion_job job(*disk);
    job.add_directory(directory);
    while (!job.empty() && job.run_step()) {
    }
    static_cast<void>(disk->remove_directory(directory.substr(0, directory.rfind('/'))));
  }
  void open(std::optional<offset> recovery_point = std::nullopt, bool exists = true) {
    log::open_request request;
    request.directory = directory;
    request.options = std::make_shared<log::log_options>(options);
    request.exists = exists;
    request.recovery_point = recovery_point;
    opened = *log::log::open({*disk, clock, open_logs}, std::move(request), report);
  }

  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  frozen_clock clock;
  log::open_logs open_logs{100};
  log::log_options options;
  log::recovery_report report;
  std::string directory;
  std::unique_ptr<log::log> opened;
};

void append(benchmark::State& state) {
  log_on_disk on;
  on.options.segment_size_bytes_max = 64 << 20;
  on.open(std::nullopt, false);
  std::vector<byte_buffer> batches(static_cast<std::size_t>(state.range(1)),
                                   make_batch(static_cast<std::size_t>(state.range(0))));
  const std::vector<mutable_bytes> views(batches.begin(), batches.end());
  for (auto _ : state) {
    if (!on.opened->append(views, leader_epoch{1})) {
      state.SkipWithError("append failed");
      break;
    }
    if (on.opened->size_bytes() > (256U << 20)) {
      state.PauseTiming();
      auto job = on.opened->truncate_fully(on.opened->log_end());
      while (job && *job->run_step() != log::deletion_job::progress::done) {
      }
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
  state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(append)->ArgNames({"bytes", "batches"})->ArgsProduct({{180, 1 << 10, 16 << 10}, {1, 16}});

void fill(log_on_disk& on, std::size_t batch_size, int count) {
  on.open(std::nullopt, false);
  std::vector<byte_buffer> batches(64, make_batch(batch_size));
  const std::vector<mutable_bytes> views(batches.begin(), batches.end());
  for (int done = 0; done < count; done += 64) {
    static_cast<void>(on.opened->append(views, leader_epoch{1}));
  }
}

void read_tail(benchmark::State& state) {
  log_on_disk on;
  fill(on, 16 << 10, 4096);
  const offset at = on.opened->log_end() - offset_delta{3};
  for (auto _ : state) {
    benchmark::DoNotOptimize(on.opened->read(at, {.size_bytes_max = 1 << 20}));
  }
}
BENCHMARK(read_tail);

void read_by_index(benchmark::State& state) {
  log_on_disk on;
  fill(on, static_cast<std::size_t>(state.range(0)),
       (256 << 20) / static_cast<int>(state.range(0)));
  std::uint64_t random = 1;
  for (auto _ : state) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const offset at{static_cast<std::int64_t>(
        (random >> 20U) % static_cast<std::uint64_t>(on.opened->log_end().value()))};
    benchmark::DoNotOptimize(on.opened->read(at, {.size_bytes_max = 1 << 20}));
  }
}
BENCHMARK(read_by_index)->ArgName("bytes")->Arg(180)->Arg(16 << 10);

void recover_tail(benchmark::State& state) {
  log_on_disk on;
  fill(on, static_cast<std::size_t>(state.range(0)),
       (256 << 20) / static_cast<int>(state.range(0)));
  const auto size = on.opened->size_bytes();
  for (auto _ : state) {
    on.opened.reset();
    on.open(offset{0});
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}
BENCHMARK(recover_tail)
    ->ArgName("bytes")
    ->Arg(1 << 10)
    ->Arg(16 << 10)
    ->Unit(benchmark::kMillisecond);

void recover_synced(benchmark::State& state) {
  log_on_disk on;
  on.options.segment_size_bytes_max = 32 << 20;
  fill(on, 16 << 10, 16384);
  const offset end = on.opened->log_end();
  static_cast<void>(on.opened->close());
  for (auto _ : state) {
    on.opened.reset();
    on.open(end);
  }
}
BENCHMARK(recover_synced)->Unit(benchmark::kMicrosecond);

}  // namespace
