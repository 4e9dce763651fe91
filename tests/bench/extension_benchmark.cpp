// What plugins cost behind the kernel's seams: a partitioner that verifies, record by record, apart
// from decoding the keys and from the plugin's own work; loading a file; a codec against the bare
// call of its library. Files come from the build's own plugins/.
#include <benchmark/benchmark.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "extension/codec_adapter.hpp"
#include "extension/extension_point.hpp"
#include "extension/partitioner_adapter.hpp"
#include "extension/plugin_store.hpp"
#include "io/posix_disk.hpp"
#include "io/system_clock.hpp"
#include "record/batch_builder.hpp"

namespace {

using namespace tidemill;
using namespace tidemill::extension;
namespace fs = std::filesystem;

class silent_log final : public extension_log {
 public:
  void write(line_level, std::string_view, std::string_view, std::string_view) noexcept override {}
  [[nodiscard]] bool is_on(line_level) const noexcept override { return false; }
};

class calling_pool final : public io::blocking_pool {
 public:
  void submit(io::task work) override { work(); }
};

/// A store over one directory, with everything that it needs.
struct loader {
  io::system_clock clock;
  silent_log log;
  completions calls;
  host_environment environment{clock, log, calls, 1, "0.1.0"};
  calling_pool control;
  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  fs::path home = fs::temp_directory_path() / ("tidemill-bench-" + std::to_string(::getpid()));
  plugin_store store{*disk, control, environment, (home / "copies").string()};

  loader() { fs::create_directories(home); }
  ~loader() { fs::remove_all(home); }

  [[nodiscard]] std::shared_ptr<const extension_set> load(const std::string& directory) {
    wanted_extensions wanted;
    wanted.directories = {directory};
    return store.load(wanted, nullptr);
  }
};

loader& shared() {
  static loader made;
  return made;
}

std::shared_ptr<const instance> shipped(const std::string& name) {
  static const auto all = shared().load(TIDEMILL_PLUGIN_DIRECTORY);
  const auto found = all->instances.find(name);
  return found == all->instances.end() ? nullptr : found->second;
}

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

/// Text that compresses to about a third.
byte_buffer text(std::size_t size) {
  std::mt19937 random(1);
  byte_buffer bytes;
  while (bytes.size() < size) {
    const std::string word =
        "{\"id\":" + std::to_string(random() % 100'000) + ",\"state\":\"open\"}";
    bytes.insert(bytes.end(), as_bytes(word).begin(), as_bytes(word).end());
  }
  bytes.resize(size);
  return bytes;
}

void zstd_bare(benchmark::State& state) {
  const byte_buffer plain = text(64 << 10);
  byte_buffer packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  byte_buffer out(plain.size());
  ZSTD_DCtx* context = ZSTD_createDCtx();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ZSTD_decompressDCtx(context, out.data(), out.size(), packed.data(), packed.size()));
  }
  ZSTD_freeDCtx(context);
  state.SetBytesProcessed(state.iterations() * (64 << 10));
}
BENCHMARK(zstd_bare);

void gzip_bare(benchmark::State& state) {
  const byte_buffer plain = text(64 << 10);
  byte_buffer packed;
  codec_adapter codec(shared().environment);
  codec.give_to(shipped("gzip"));
  if (!codec.compress(plain, std::nullopt, packed)) {
    return state.SkipWithError("the plugin is not built");
  }
  byte_buffer out(plain.size());
  z_stream stream{};
  ::inflateInit2(&stream, 15 + 16);
  for (auto _ : state) {
    ::inflateReset(&stream);
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    benchmark::DoNotOptimize(::inflate(&stream, Z_FINISH));
  }
  ::inflateEnd(&stream);
  state.SetBytesProcessed(state.iterations() * (64 << 10));
}
BENCHMARK(gzip_bare);

/// The same behind the seam.
void decompress(benchmark::State& state, const char* name) {
  const auto with = shipped(name);
  const byte_buffer plain = text(64 << 10);
  codec_adapter codec(shared().environment);
  codec.give_to(with);
  byte_buffer packed;
  if (with == nullptr || !codec.compress(plain, std::nullopt, packed)) {
    return state.SkipWithError("the plugin is not built");
  }
  byte_buffer out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(codec.plain_form(packed, 1 << 20, out));
  }
  state.SetBytesProcessed(state.iterations() * (64 << 10));
}
BENCHMARK_CAPTURE(decompress, zstd, "zstd");
BENCHMARK_CAPTURE(decompress, gzip, "gzip");
BENCHMARK_CAPTURE(decompress, lz4, "lz4");
BENCHMARK_CAPTURE(decompress, snappy, "snappy");

}  // namespace
