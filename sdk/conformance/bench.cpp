#include "tidemill/conformance/bench.hpp"

#include <chrono>

#include "calls.hpp"
#include "measure.hpp"
#include "tidemill/authorizer.h"
#include "tidemill/codec.h"
#include "tidemill/retention.h"
#include "tidemill/testkit/records.hpp"
#include "tidemill/testkit/retention.hpp"
#include "tidemill/testkit/text_like.hpp"

namespace tidemill::conformance {
namespace {

constexpr int rounds = 200;
constexpr double mebibyte = 1U << 20U;

class bench_run {
 public:
  bench_run(const context& given, std::size_t codec_bytes)
      : given_(given), stage_(given), codec_bytes_(codec_bytes) {}

  std::vector<measurement> measure() {
    measure_creation();
    if (stage_.has(TIDEMILL_PARTITIONER)) {
      measure_partitioner();
    }
    if (stage_.has(TIDEMILL_TRANSFORM)) {
      measure_transform();
    }
    if (stage_.has(TIDEMILL_RETENTION)) {
      measure_retention();
    }
    if (stage_.has(TIDEMILL_AUTHORIZER)) {
      measure_authorizer();
    }
    if (stage_.has(TIDEMILL_CODEC)) {
      measure_codec();
    }
    return std::move(made_);
  }

 private:
  void measure_creation() {
    const double took = nanoseconds_of(20, [&] { const stage another(given_); });
    made_.push_back({"load (a file that is mapped already), create, two shards, and their ends",
                     took / 1000, "us"});
  }

  void measure_partitioner() {
    const auto& table = stage_.table<tidemill_partitioner>(TIDEMILL_PARTITIONER);
    for (const std::size_t count : {1U, 100U, 1000U}) {
      const guarded_batch batch(plain_samples(count), 12, partitioner_needs(stage_));
      std::vector<std::int32_t> partitions(count, TIDEMILL_PARTITION_ANY);
      error_room why;
      stage_.on_shard([&] {
        const double took = per_call(
            [&] { (void)table.choose(stage_.shard(), batch.raw(), partitions.data(), why.raw()); });
        made_.push_back({"choose, batches of " + std::to_string(count),
                         took / static_cast<double>(count), "ns per record"});
      });
    }
  }

  void measure_transform() {
    const auto& table = stage_.table<tidemill_transform>(TIDEMILL_TRANSFORM);
    const guarded_batch batch(plain_samples(1000), 12, transform_needs(stage_));
    tidemill_rejections sink{};
    sink.struct_size = sizeof sink;
    sink.reject = [](const tidemill_rejections*, std::uint32_t, tidemill_bytes) {};
    error_room why;
    stage_.on_shard([&] {
      const double took =
          per_call([&] { (void)table.validate(stage_.shard(), batch.raw(), &sink, why.raw()); });
      made_.push_back({"validate, batches of 1000", took / 1000, "ns per record"});
    });
  }

  void measure_retention() {
    constexpr std::size_t segments = 1000;
    const auto& table = stage_.table<tidemill_retention>(TIDEMILL_RETENTION);
    testkit::log_builder builder;
    for (std::size_t i = 0; i < segments; ++i) {
      builder.add(100, 1 << 20U, static_cast<std::int64_t>(segments - i) * 60'000);
    }
    builder.log.retention_ms = 600'000;
    builder.log.facts = table.needs;
    const tidemill_log& log = builder.view();
    std::vector<std::uint8_t> votes(segments, TIDEMILL_KEEP);
    error_room why;
    stage_.on_shard([&] {
      const double took =
          per_call([&] { (void)table.vote(stage_.shard(), &log, votes.data(), why.raw()); });
      made_.push_back({"vote, logs of 1000 segments", took / segments, "ns per segment"});
    });
  }

  void measure_authorizer() {
    constexpr std::uint32_t count = 100;
    const auto& table = stage_.table<tidemill_authorizer>(TIDEMILL_AUTHORIZER);
    const std::string name = "alice.orders";
    const std::vector<std::uint16_t> operations(count, TIDEMILL_OPERATION_READ);
    const std::vector<std::uint16_t> types(count, TIDEMILL_RESOURCE_TOPIC);
    const std::vector<tidemill_bytes> names(count, testkit::view_of(name));
    const tidemill_actions actions{sizeof actions, count, operations.data(), types.data(),
                                   names.data()};
    const guarded_batch sender({}, 1, 0);
    std::vector<std::uint8_t> decisions(count, TIDEMILL_DENY);
    error_room why;
    // What is decided later, by another thread, is not waited for: 0 is no token of a call.
    stage_.on_shard([&] {
      const double took = per_call([&] {
        (void)table.authorize(stage_.shard(), sender.raw()->client, &actions, 0, decisions.data(),
                              why.raw());
      });
      made_.push_back({"authorize, requests of 100 actions", took / count, "ns per action"});
    });
  }

  void measure_codec() {
    const auto& table = stage_.table<tidemill_codec>(TIDEMILL_CODEC);
    const std::string plain = testkit::text_like(codec_bytes_);
    std::string packed(table.compressed_bytes_max(plain.size()), '\0');
    std::string back(plain.size() + 1, '\0');
    stage_.on_shard([&] {
      const std::size_t size =
          measure_direction(table, TIDEMILL_COMPRESS, "compress", plain, packed);
      packed.resize(size);
      measure_direction(table, TIDEMILL_DECOMPRESS, "decompress", packed, back);
      made_.push_back({"compressed size",
                       100.0 * static_cast<double>(size) / static_cast<double>(plain.size()),
                       "% of " + std::to_string(plain.size()) + " bytes"});
    });
  }

  std::size_t measure_direction(const tidemill_codec& table, std::uint32_t direction,
                                const char* what, const std::string& from, std::string& into) {
    tidemill_stream* stream = nullptr;
    error_room why;
    expect_ok("open", table.open(stage_.shard(), direction, &stream, why.raw()), why);
    tidemill_stream_options options{};
    options.struct_size = sizeof options;
    options.level = TIDEMILL_LEVEL_DEFAULT;
    options.input_bytes = from.size();
    std::size_t size = 0;
    tidemill_status status = TIDEMILL_OK;
    const double took = nanoseconds_of(rounds, [&] {
      tidemill_bytes input{reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
      tidemill_buffer output{reinterpret_cast<std::uint8_t*>(into.data()), into.size(), 0};
      status = table.start(stream, &options, why.raw());
      if (status == TIDEMILL_OK) {
        status = table.step(stream, &input, &output, TIDEMILL_STEP_FINISH, why.raw());
      }
      size = output.size;
    });
    table.close(stream);
    if (status != TIDEMILL_DONE) {
      throw call_failed("step", status, why.message());
    }
    made_.push_back({std::string(what) + ", batches of " + std::to_string(codec_bytes_) + " bytes",
                     static_cast<double>(codec_bytes_) / took * 1e9 / mebibyte, "MiB/s"});
    return size;
  }

  /// Nanoseconds of one call, from many in a row: the clock costs more than a small one.
  static double per_call(const std::function<void()>& call) {
    constexpr int calls = 100;
    return nanoseconds_of(rounds,
                          [&] {
                            for (int i = 0; i < calls; ++i) {
                              call();
                            }
                          }) /
           calls;
  }

  const context& given_;
  stage stage_;
  std::size_t codec_bytes_;
  std::vector<measurement> made_;
};

}  // namespace

sdk::result<std::vector<measurement>> bench(const run_options& options, std::size_t codec_bytes) {
  try {
    const context given{options};
    return bench_run(given, codec_bytes).measure();
  } catch (const std::exception& why) {
    return sdk::failure{TIDEMILL_INTERNAL, why.what()};
  }
}

}  // namespace tidemill::conformance
