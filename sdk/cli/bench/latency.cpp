#include <atomic>
#include <cstring>
#include <thread>

#include "bench/commands.hpp"
#include "bench/histogram.hpp"
#include "bench/payload.hpp"
#include "kafka/position.hpp"
#include "record/record_reader.hpp"
#include "record/record_writer.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/pacer.hpp"
#include "terminal/progress.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

using clock = std::chrono::steady_clock;

struct wanted_load {
  connection where;
  std::string topic;
  std::int64_t count = 5000;
  std::size_t size_bytes = 100;
  double rate = 500;
  std::string acks = "all";
};

/// What stands at the front of each value: whose it is, which, and when it was given away.
struct stamp {
  std::int64_t run = 0;
  std::int64_t number = 0;
  std::int64_t sent_at = 0;
};

std::int64_t ticks() noexcept {
  return clock::now().time_since_epoch().count();
}

std::string stamped(const stamp& what, std::string payload) {
  std::memcpy(payload.data(), &what, sizeof what);
  return payload;
}

/// Reads until the record with that number has come back; counts how long each has taken.
class returns {
 public:
  returns(record_reader& reader, std::int64_t run) : reader_(reader), run_(run) {}

  outcome<void> read_until(std::int64_t last, std::chrono::milliseconds longest_wait,
                           const std::function<void(std::int64_t, std::int64_t)>& see) {
    auto heard = clock::now();
    while (seen_ <= last && !interrupt::came()) {
      const std::int64_t before = seen_;
      auto done = reader_.read([&](const rd_kafka_message_t& message) {
        stamp what;
        if (message.payload == nullptr || message.len < sizeof what) {
          return true;
        }
        std::memcpy(&what, message.payload, sizeof what);
        if (what.run == run_) {
          see(what.number, ticks() - what.sent_at);
          seen_ = std::max(seen_, what.number + 1);
        }
        return true;
      });
      if (!done) {
        return done;
      }
      heard = seen_ > before ? clock::now() : heard;
      if (clock::now() - heard > longest_wait) {
        return problem{"record " + std::to_string(seen_) + " has not come back within " +
                           duration_text(static_cast<double>(longest_wait.count()) / 1000),
                       "is the broker well? --timeout SECONDS waits longer"};
      }
    }
    return boost::system::in_place_value;
  }

 private:
  record_reader& reader_;
  std::int64_t run_;
  std::int64_t seen_ = 0;
};

outcome<record_reader> follow(const wanted_load& wanted) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  const auto partitions = brokers ? partitions_of(*brokers, wanted.topic, {0})
                                  : outcome<std::vector<topic_partition>>(brokers.error());
  const auto ends = partitions ? offsets_at(*brokers, *partitions, at_end)
                               : outcome<offset_map>(partitions.error());
  if (!ends) {
    return ends.error();
  }
  return record_reader::open(wanted.where, wanted.topic, {*ends, {}}, {{"fetch.min.bytes", "1"}});
}

/// Number 0 is sent alone and comes back before the others go: connections stand then.
outcome<histogram> measure(const wanted_load& wanted) {
  auto reader = follow(wanted);
  if (!reader) {
    return reader.error();
  }
  auto writer =
      record_writer::open(wanted.where, wanted.topic, {{"acks", wanted.acks}, {"linger.ms", "0"}});
  if (!writer) {
    return writer.error();
  }
  const std::int64_t run = now_ms();
  const std::string payload = payload_of(std::max(wanted.size_bytes, sizeof(stamp)));
  const auto send = [&](std::int64_t number) {
    new_record record;
    record.partition = 0;
    record.value = stamped({run, number, ticks()}, payload);
    return writer->write(record);
  };
  histogram times;
  progress shown("records", wanted.count);
  returns back(*reader, run);
  auto done = send(0);
  done = done ? back.read_until(0, wanted.where.longest(), [](auto, auto) {}) : done;
  if (!done) {
    return done.error();
  }
  std::atomic<bool> stop = false;
  std::thread sending([&] {
    const pacer pace(wanted.rate);
    for (std::int64_t number = 1; number <= wanted.count && !stop && !interrupt::came(); ++number) {
      pace.wait(number - 1);
      static_cast<void>(send(number));
    }
  });
  done = back.read_until(wanted.count, wanted.where.longest(),
                         [&](std::int64_t number, std::int64_t took) {
                           times.add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, took)));
                           shown.at(number, 0);
                         });
  stop = true;
  sending.join();
  return done ? outcome<histogram>(times) : done.error();
}

}  // namespace

void add_bench_latency(CLI::App& bench, output& out) {
  auto wanted = std::make_shared<wanted_load>();
  auto* command = bench.add_subcommand(
      "latency", "Measure how long a record takes from its producer to a consumer");
  command->add_option("topic", wanted->topic, "A topic that may be filled; its partition 0 is used")
      ->required();
  command->add_option("-c,--count", wanted->count, "Records")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("-s,--size", wanted->size_bytes, "Bytes of each value, 24 at least")
      ->check(CLI::Range(24, 100'000'000))
      ->capture_default_str();
  command->add_option("--rate", wanted->rate, "Records a second")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--acks", wanted->acks, "Who must have a record: 0 nobody, 1 the leader, all")
      ->check(CLI::IsMember({"0", "1", "all"}))
      ->capture_default_str();
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl bench latency load --rate 1000 -c 10000");
  command->callback([wanted, &out] {
    const interrupt ends_well;
    const auto times = measure(*wanted);
    if (!times) {
      out.fail(times.error());
      return;
    }
    out.answer(boost::json::object{{"topic", wanted->topic},
                                   {"records", times->count()},
                                   {"rate", wanted->rate},
                                   {"end_to_end", percentiles_of(*times)}},
               count_text(static_cast<std::int64_t>(times->count())) +
                   " records from producer to consumer: " + percentiles_text(*times) + "\n");
  });
}

}  // namespace tidemill::cli
