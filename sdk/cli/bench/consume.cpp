#include "bench/commands.hpp"
#include "bench/payload.hpp"
#include "kafka/position.hpp"
#include "record/record_reader.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/progress.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

struct wanted_load {
  connection where;
  std::string topic;
  std::int64_t count = -1;
};

struct read_load {
  std::int64_t records = 0;
  std::uint64_t bytes = 0;
  double first_seconds = 0;
  double seconds = 0;
};

outcome<record_reader::range> whole_topic(const wanted_load& wanted) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  const auto partitions = brokers ? partitions_of(*brokers, wanted.topic, {})
                                  : outcome<std::vector<topic_partition>>(brokers.error());
  const auto bounds =
      partitions ? bounds_of(*brokers, *partitions) : outcome<log_bounds>(partitions.error());
  if (!bounds) {
    return bounds.error();
  }
  return record_reader::range{bounds->starts, bounds->ends};
}

outcome<read_load> measure(const wanted_load& wanted) {
  const auto range = whole_topic(wanted);
  if (!range) {
    return range.error();
  }
  const std::int64_t there = range->count();
  const std::int64_t all = wanted.count < 0 ? there : std::min(wanted.count, there);
  using clock = std::chrono::steady_clock;
  const auto begun = clock::now();
  auto reader = record_reader::open(
      wanted.where, wanted.topic, *range,
      {{"queued.min.messages", "1000000"}, {"fetch.message.max.bytes", "4000000"}});
  if (!reader) {
    return reader.error();
  }
  read_load seen;
  progress shown("records", all);
  while (reader->has_more() && seen.records < all && !interrupt::came()) {
    const auto done = reader->read([&](const rd_kafka_message_t& message) {
      if (seen.records++ == 0) {
        seen.first_seconds = std::chrono::duration<double>(clock::now() - begun).count();
      }
      seen.bytes += message.len + message.key_len;
      return seen.records < all;
    });
    if (!done) {
      return done.error();
    }
    shown.at(seen.records, seen.bytes);
  }
  seen.seconds = std::chrono::duration<double>(clock::now() - begun).count();
  return seen;
}

}  // namespace

void add_bench_consume(CLI::App& bench, output& out) {
  auto wanted = std::make_shared<wanted_load>();
  auto* command =
      bench.add_subcommand("consume", "Measure how fast a topic is read from its start");
  command->add_option("topic", wanted->topic, "Name of the topic")->required();
  command->add_option("-c,--count", wanted->count, "Stop after so many records")
      ->check(CLI::PositiveNumber);
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl bench consume load");
  command->callback([wanted, &out] {
    const interrupt ends_well;
    const auto seen = measure(*wanted);
    if (!seen) {
      out.fail(seen.error());
      return;
    }
    const double seconds = std::max(seen->seconds, 1e-9);
    out.answer(
        boost::json::object{{"topic", wanted->topic},
                            {"records", seen->records},
                            {"bytes", seen->bytes},
                            {"seconds", seen->seconds},
                            {"seconds_to_first", seen->first_seconds},
                            {"records_per_second", static_cast<double>(seen->records) / seconds},
                            {"bytes_per_second", static_cast<double>(seen->bytes) / seconds}},
        rates_text(seen->records, seen->bytes, seen->seconds) + "\nfirst record after " +
            duration_text(seen->first_seconds) + "\n");
  });
}

}  // namespace tidemill::cli
