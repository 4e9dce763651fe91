#include <array>

#include "bench/commands.hpp"
#include "bench/histogram.hpp"
#include "bench/payload.hpp"
#include "kafka/cluster_view.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/pacer.hpp"
#include "terminal/progress.hpp"

namespace tidemill::cli {
namespace {

struct wanted_load {
  connection where;
  std::string topic;
  std::int64_t count = 1'000'000;
  std::size_t size_bytes = 100;
  double rate = 0;
  std::string compression = "none";
  std::string acks = "all";
  std::string linger = "5";
  std::string batch_bytes = "1000000";
  bool idempotent = false;
};

struct delivered_load {
  std::int64_t delivered = 0;
  std::int64_t failed = 0;
  std::string first_failure;
  histogram times;
  double seconds = 0;
};

void note_delivery(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* opaque) {
  auto& seen = *static_cast<delivered_load*>(opaque);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (seen.failed++ == 0) {
      seen.first_failure = rd_kafka_err2str(message->err);
    }
    return;
  }
  ++seen.delivered;
  constexpr std::int64_t nanoseconds_a_microsecond = 1000;
  seen.times.add(
      static_cast<std::uint64_t>(rd_kafka_message_latency(message) * nanoseconds_a_microsecond));
}

/// The payload is borrowed until it was delivered.
rd_kafka_resp_err_t send_one(rd_kafka_t* handle, const std::string& topic,
                             const std::string& payload) {
  std::array<rd_kafka_vu_t, 2> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = topic.c_str();
  arguments[1].vtype = RD_KAFKA_VTYPE_VALUE;
  // librdkafka does not write to it.
  arguments[1].u.mem.ptr = const_cast<char*>(payload.data());
  arguments[1].u.mem.size = payload.size();
  rd_kafka_error_t* const failed = rd_kafka_produceva(handle, arguments.data(), arguments.size());
  const auto why = rd_kafka_error_code(failed);
  rd_kafka_error_destroy(failed);
  return why;
}

/// Sends all records; the problem is one that no later record would survive.
outcome<void> send_all(const client& brokers, const wanted_load& wanted, const std::string& payload,
                       const delivered_load& seen) {
  const pacer pace(wanted.rate);
  progress shown("records", wanted.count);
  for (std::int64_t sent = 0; sent < wanted.count && !interrupt::came();) {
    const auto failed = send_one(brokers.raw(), wanted.topic, payload);
    if (failed == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      constexpr int room_wait_ms = 10;
      rd_kafka_poll(brokers.raw(), room_wait_ms);
      continue;
    }
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return brokers.problem_of("topic " + wanted.topic, failed);
    }
    ++sent;
    rd_kafka_poll(brokers.raw(), 0);
    pace.wait(sent);
    shown.at(seen.delivered, static_cast<std::uint64_t>(seen.delivered) * payload.size());
  }
  constexpr int round_ms = 1000;
  while (rd_kafka_flush(brokers.raw(), round_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    shown.at(seen.delivered, static_cast<std::uint64_t>(seen.delivered) * payload.size());
  }
  return boost::system::in_place_value;
}

outcome<void> measure(const wanted_load& wanted, delivered_load& seen) {
  {
    const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
    const auto view =
        brokers ? view_topic(*brokers, wanted.topic) : outcome<cluster_view>(brokers.error());
    if (!view) {
      return view.error();
    }
  }
  // Before the client, whose threads read it to the end.
  const std::string payload = payload_of(wanted.size_bytes);
  const auto brokers =
      client::open_producer(wanted.where,
                            {{"compression.type", wanted.compression},
                             {"acks", wanted.acks},
                             {"linger.ms", wanted.linger},
                             {"batch.size", wanted.batch_bytes},
                             {"batch.num.messages", "1000000"},
                             {"enable.idempotence", wanted.idempotent ? "true" : "false"},
                             // Records without keys stay together in one partition for a batch.
                             {"sticky.partitioning.linger.ms", "10"}},
                            note_delivery, &seen);
  const auto ready = brokers ? brokers->warm_up(wanted.topic) : outcome<void>(brokers.error());
  if (!ready) {
    return ready.error();
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto done = send_all(*brokers, wanted, payload, seen);
  seen.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return done;
}

void show(const wanted_load& wanted, const delivered_load& seen, output& out) {
  const auto bytes = static_cast<std::uint64_t>(seen.delivered) * wanted.size_bytes;
  const std::string text = rates_text(seen.delivered, bytes, seen.seconds) + "\n" +
                           "time to acknowledgement: " + percentiles_text(seen.times) + "\n";
  out.answer(boost::json::object{{"topic", wanted.topic},
                                 {"records", seen.delivered},
                                 {"failed", seen.failed},
                                 {"bytes", bytes},
                                 {"seconds", seen.seconds},
                                 {"records_per_second",
                                  static_cast<double>(seen.delivered) / seen.seconds},
                                 {"bytes_per_second", static_cast<double>(bytes) / seen.seconds},
                                 {"acknowledgement", percentiles_of(seen.times)}},
             text);
  if (seen.failed > 0) {
    out.exit_code = 1;
    std::fprintf(stderr, "tidectl: %lld records failed, the first because: %s\n",
                 static_cast<long long>(seen.failed), seen.first_failure.c_str());
  }
}

}  // namespace

void add_bench_produce(CLI::App& bench, output& out) {
  auto wanted = std::make_shared<wanted_load>();
  auto* command = bench.add_subcommand("produce", "Measure how fast records are stored");
  command->add_option("topic", wanted->topic, "A topic that may be filled")->required();
  command->add_option("-c,--count", wanted->count, "Records")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("-s,--size", wanted->size_bytes, "Bytes of each value")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  command->add_option("--rate", wanted->rate, "Records a second; as fast as can be without")
      ->check(CLI::PositiveNumber);
  command->add_option("-z,--compression", wanted->compression, "Compress batches")
      ->check(CLI::IsMember({"none", "gzip", "snappy", "lz4", "zstd"}))
      ->capture_default_str();
  command->add_option("--acks", wanted->acks, "Who must have a record: 0 nobody, 1 the leader, all")
      ->check(CLI::IsMember({"0", "1", "all"}))
      ->capture_default_str();
  command->add_option("--linger", wanted->linger, "Milliseconds a batch waits for more records")
      ->check(CLI::Range(0, 900'000))
      ->capture_default_str();
  command->add_option("--batch-bytes", wanted->batch_bytes, "Largest batch")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  command->add_flag("--idempotent", wanted->idempotent, "No record twice, whatever is sent again");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl bench produce load -c 5000000 -s 1024 --acks 1");
  command->callback([wanted, &out] {
    const interrupt ends_well;
    delivered_load seen;
    const auto done = measure(*wanted, seen);
    if (!done) {
      out.fail(done.error());
      return;
    }
    show(*wanted, seen, out);
  });
}

}  // namespace tidemill::cli
