// CRC-32C by implementation and size; validation by depth, record size and batch size. Rates are in
// bytes of batches; performance budgets are CPU per MB, which is their inverse.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "record/batch_builder.hpp"
#include "record/crc32c.hpp"
#include "record/validate.hpp"

namespace {

using namespace tidemill;
using namespace tidemill::record;

byte_buffer random_bytes(std::size_t size) {
  std::mt19937_64 random(1);
  byte_buffer bytes(size);
  for (std::byte& octet : bytes) {
    octet = static_cast<std::byte>(random());
  }
  return bytes;
}

void crc32c_of(benchmark::State& state, crc32c_implementation implementation) {
  const byte_buffer bytes = random_bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32c_with(implementation, bytes));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(crc32c_of, hardware, crc32c_implementation::hardware)
    ->Arg(64)
    ->Arg(256)
    ->Arg(1 << 10)
    ->Arg(4 << 10)
    ->Arg(16 << 10)
    ->Arg(64 << 10)
    ->Arg(1 << 20)
    ->Arg(64 << 20);
BENCHMARK_CAPTURE(crc32c_of, portable, crc32c_implementation::portable)
    ->Arg(1 << 10)
    ->Arg(64 << 10);

// As a client fills a batch: records of about `record_size` bytes, one header or none, times that
// rise a little from record to record. With `varied` sizes no branch can be learnt.
byte_buffer make_batch(std::size_t batch_size, std::size_t record_size, bool varied) {
  std::mt19937_64 random(2);
  const byte_buffer payload = random_bytes(2 * record_size);
  batch_builder builder(batch_options{});
  std::int64_t timestamp_ms = 1'700'000'000'000;
  const std::string key = "key-12345678";
  while (builder.size_bytes() + record_size <= batch_size) {
    const std::size_t spread = varied ? random() % record_size : record_size / 2;
    const std::size_t value_size = record_size - record_size / 2 + spread - key.size() - 8;
    timestamp_ms += static_cast<std::int64_t>(random() % 2);
    new_record record;
    record.timestamp_ms = timestamp_ms;
    if (!varied || random() % 2 == 0) {
      record.key = as_bytes(key);
    }
    record.value = bytes_view(payload).first(value_size);
    const std::array<header_view, 1> headers{{{as_bytes("trace"), as_bytes("0123456789")}}};
    if (varied && random() % 4 == 0) {
      record.headers = headers;
    }
    builder.append(record);
  }
  return *builder.finish();
}

void validate(benchmark::State& state, validation_depth depth, bool varied) {
  const byte_buffer batch = make_batch(static_cast<std::size_t>(state.range(0)),
                                       static_cast<std::size_t>(state.range(1)), varied);
  validation_rules rules;
  rules.depth = depth;
  rules.now_ms = 1'700'000'000'000;
  rules.timestamp_after_max_ms = 3'600'000;
  for (auto _ : state) {
    const verdict judged = validate_produced(batch, rules);
    if (!judged) {
      state.SkipWithError("the batch was refused");
      return;
    }
    benchmark::DoNotOptimize(judged->max_timestamp_ms);
  }
  const auto size = static_cast<std::int64_t>(batch.size());
  state.SetBytesProcessed(state.iterations() * size);
  state.counters["us_per_MB"] = benchmark::Counter(
      static_cast<double>(size) * 1e-12,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
#define TIDEMILL_SHAPES \
  Args({16 << 10, 100})->Args({64 << 10, 100})->Args({16 << 10, 1 << 10})->Args({64 << 10, 1 << 10})
BENCHMARK_CAPTURE(validate, header, validation_depth::header, false)->TIDEMILL_SHAPES;
BENCHMARK_CAPTURE(validate, full, validation_depth::full, false)->TIDEMILL_SHAPES;
BENCHMARK_CAPTURE(validate, full_varied_records, validation_depth::full, true)->TIDEMILL_SHAPES;

}  // namespace
