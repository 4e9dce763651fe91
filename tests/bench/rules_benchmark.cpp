// What rules cost: batches of 100 records of 1 KiB, as the broker hands them over.
#include <benchmark/benchmark.h>

#include <memory>

#include "tests/sdk/rules/rule_batch.hpp"
#include "tidemill/hash.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::rules {
namespace {

constexpr int batch_size = 100;

testing::rule_batch make_batch() {
  std::vector<testing::rule_record> records;
  for (int i = 0; i < batch_size; ++i) {
    std::string value =
        R"({"order_id": )" + std::to_string(i) + R"(, "customer_id": 4711, "text": ")";
    value += std::string(1024 - value.size() - 2, 'x') + R"("})";
    records.push_back({.key = "customer-" + std::to_string(1000 + i), .value = std::move(value)});
  }
  return testing::rule_batch(std::move(records));
}

std::unique_ptr<rule_runner> open(const char* source) {
  return rule_runner::open(rule_program::compile("bench.lua", source).program).runner;
}

void count(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * batch_size);
}

void native_hash(benchmark::State& state) {
  const auto batch = make_batch();
  for (auto _ : state) {
    for (int i = 0; i < batch_size; ++i) {
      const tidemill_bytes key = batch.view().keys[i];
      benchmark::DoNotOptimize(sdk::murmur2({key.data, key.size}) % 9);
    }
  }
  count(state);
}
BENCHMARK(native_hash);

void choose(benchmark::State& state, const char* source) {
  const auto rule = open(source);
  const auto batch = make_batch();
  std::vector<std::int32_t> partitions(batch_size);
  for (auto _ : state) {
    const auto failed = rule->choose(batch.view(), partitions.data());
    if (failed) {
      state.SkipWithError(failed->sentence.c_str());
    }
  }
  count(state);
}
BENCHMARK_CAPTURE(choose, key_hash, R"(return tidemill.partitioner {
  partition = function(rec, topic) return rec.key_hash % topic.partitions end })");
BENCHMARK_CAPTURE(choose, hash_only, R"(return tidemill.partitioner {
  partition = function(rec) return rec.key_hash % 9 end })");
BENCHMARK_CAPTURE(choose, vip_lane, R"(return tidemill.partitioner {
  partition = function(rec, topic)
    if starts(rec.key, "vip-") then return 0 end
    return 1 + rec.key_hash % (topic.partitions - 1)
  end })");

void validate(benchmark::State& state, const char* source) {
  const auto rule = open(source);
  const auto batch = make_batch();
  const tidemill_rejections rejections{
      sizeof rejections, 0, nullptr,
      [](const tidemill_rejections*, std::uint32_t, tidemill_bytes) {}};
  for (auto _ : state) {
    const auto failed = rule->validate(batch.view(), rejections);
    if (failed) {
      state.SkipWithError(failed->sentence.c_str());
    }
  }
  count(state);
}
BENCHMARK_CAPTURE(validate, one_json_field, R"(return tidemill.validate { needs = { "value" },
  record = function(rec)
    if rec:json("/customer_id") == nil then return reject "customer_id is missing" end
  end })");
BENCHMARK_CAPTURE(validate, key_present, R"(return tidemill.validate { needs = { "key" },
  record = function(rec) if rec.key == nil then return reject "no key" end end })");

void load(benchmark::State& state) {
  for (auto _ : state) {
    const auto program = rule_program::compile("bench.lua", R"(return tidemill.partitioner {
      partition = function(rec, topic) return rec.key_hash % topic.partitions end })");
    benchmark::DoNotOptimize(rule_runner::open(program.program).runner);
  }
}
BENCHMARK(load)->Unit(benchmark::kMicrosecond);

/// As a broker with many rules starts: each of them another text, all of them kept.
void load_200_rule_sets(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<std::unique_ptr<rule_runner>> all;
    for (int i = 0; i < 200; ++i) {
      const auto program =
          rule_program::compile("bench.lua", "local tenant = " + std::to_string(i) + R"(
        return tidemill.partitioner {
          partition = function(rec, topic)
            if starts(rec.key, "vip-") then return tenant % topic.partitions end
            return rec.key_hash % topic.partitions
          end })");
      all.push_back(rule_runner::open(program.program).runner);
    }
    benchmark::DoNotOptimize(all.data());
  }
}
BENCHMARK(load_200_rule_sets)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemill::rules
