// What plugins cost behind the kernel's seams: a partitioner that verifies, record by record, apart
// from decoding the keys and from the plugin's own work; loading a file. Files come from the
// build's own plugins/.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "extension/extension_point.hpp"
#include "extension/partitioner_adapter.hpp"
#include "record/batch_builder.hpp"
#include "tests/bench/shipped_plugins.hpp"

namespace {

using namespace tidemill;
using namespace tidemill::extension;
using namespace tidemill::bench;

byte_buffer batch_of(std::int64_t records) {
  record::batch_builder builder({});
  const std::string value(100, 'v');
  for (std::int64_t i = 0; i < records; ++i) {
    const std::string key = "key-" + std::to_string(10'000'000 + i);
    record::new_record added;
    added.timestamp_ms = 1'700'000'000'000;
    added.key = as_bytes(key);
    added.value = as_bytes(value);
    builder.append(added);
  }
  return builder.finish().value();
}

partition::batch_destination destination() {
  partition::batch_destination to;
  to.topic_name = "orders";
  to.partition = partition_index{0};
  to.partition_count = 1;  // so that every record is right
  return to;
}

/// Items are records.
void per_record(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// Decoding of keys alone.
void decode_keys(benchmark::State& state) {
  const byte_buffer bytes = batch_of(state.range(0));
  const record::batch_view batch(bytes);
  batch_columns columns;
  for (auto _ : state) {
    columns.begin(destination(), batch, batch.records_bytes(), TIDEMILL_KEYS);
    benchmark::DoNotOptimize(columns.next());
  }
  per_record(state);
}
BENCHMARK(decode_keys)->Arg(1)->Arg(3)->Arg(10)->Arg(100)->Arg(1000);

/// The plugin's own work on keys that are decoded already.
void choose_bare(benchmark::State& state, const char* name) {
  const auto with = shipped(name);
  if (with == nullptr) {
    return state.SkipWithError("the plugin is not built");
  }
  const byte_buffer bytes = batch_of(state.range(0));
  const record::batch_view batch(bytes);
  batch_columns columns;
  columns.begin(destination(), batch, batch.records_bytes(), TIDEMILL_KEYS);
  benchmark::DoNotOptimize(columns.next());
  const auto opened = shard_state::open(with, 0);
  std::vector<std::int32_t> answers(static_cast<std::size_t>(state.range(0)));
  error_slot error;
  for (auto _ : state) {
    benchmark::DoNotOptimize(with->about().partitioner->choose((*opened)->raw(), &columns.view(),
                                                               answers.data(), error.raw()));
  }
  per_record(state);
}
BENCHMARK_CAPTURE(choose_bare, murmur2, "murmur2")->Arg(1)->Arg(3)->Arg(10)->Arg(100)->Arg(1000);

/// All of it, as a produced batch meets it.
void verify(benchmark::State& state, const char* name) {
  const auto with = shipped(name);
  if (with == nullptr) {
    return state.SkipWithError("the plugin is not built");
  }
  extension_point point("bench", shared().environment);
  point.at(shard_index{0}).give_to(with);
  partitioner_adapter check(point, verify_mode::reject);
  const byte_buffer bytes = batch_of(state.range(0));
  const record::batch_view batch(bytes);
  for (auto _ : state) {
    partition::objections found;
    check.verify(destination(), batch, batch.records_bytes(), found);
    benchmark::DoNotOptimize(found.error);
  }
  per_record(state);
}
BENCHMARK_CAPTURE(verify, murmur2, "murmur2")->Arg(1)->Arg(3)->Arg(10)->Arg(100)->Arg(1000);

/// A file that was never seen before: read, hashed, inspected, copied, mapped, made an instance of.
void load_plugin(benchmark::State& state) {
  loader fresh;
  const fs::path directory = fresh.home / "plugins";
  fs::create_directories(directory);
  std::int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    fs::copy_file(fs::path(TIDEMILL_PLUGIN_DIRECTORY) / "murmur2.so", directory / "murmur2.so",
                  fs::copy_options::overwrite_existing);
    // Bytes behind the end make another content of it.
    std::ofstream(directory / "murmur2.so", std::ios::app) << ++number;
    state.ResumeTiming();
    const auto made = fresh.load(directory.string());
    if (!made->problems.empty()) {
      state.SkipWithError(made->problems.front().c_str());
      break;
    }
  }
}
BENCHMARK(load_plugin)->Iterations(200)->Unit(benchmark::kMillisecond);

}  // namespace
