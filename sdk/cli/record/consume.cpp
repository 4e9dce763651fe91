#include <cstdio>

#include "kafka/cluster_view.hpp"
#include "kafka/position.hpp"
#include "record/commands.hpp"
#include "record/group_reader.hpp"
#include "record/record_reader.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/pacer.hpp"
#include "terminal/progress.hpp"
#include "terminal/style.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

struct wanted_records {
  connection where;
  std::string topic;
  std::vector<int> partitions;
  std::string from = "start";
  std::string until;
  std::int64_t count = -1;
  std::string group;
  bool follow = false;
  std::string format = "%v\\n";
  double rate = 0;
};

/// Prints records, counts them, and knows when it has had enough.
class record_printer {
 public:
  record_printer(const wanted_records& wanted, record_format format, bool as_json,
                 std::int64_t total)
      : wanted_(wanted),
        format_(std::move(format)),
        as_json_(as_json),
        pace_(wanted.rate),
        progress_("records", total) {}
  ~record_printer() { flush(); }
  record_printer(const record_printer&) = delete;
  record_printer& operator=(const record_printer&) = delete;

  [[nodiscard]] bool is_done() const {
    return interrupt::came() || (wanted_.count >= 0 && count_ >= wanted_.count);
  }
  /// False when it has had enough.
  bool print(const rd_kafka_message_t& message) {
    if (is_done()) {
      return false;
    }
    if (wanted_.rate > 0) {
      flush();
      pace_.wait(count_);
    }
    const record_view record = view_of(message);
    if (as_json_) {
      text_ += boost::json::serialize(json_of(record)) + "\n";
    } else {
      format_.append(record, text_);
    }
    ++count_;
    bytes_ += message.len + message.key_len;
    constexpr std::size_t flush_bytes = std::size_t{64} << 10;
    if (text_.size() >= flush_bytes) {
      flush();
    }
    if (!is_read_by_people()) {
      progress_.at(count_, bytes_);
    }
    return !is_done();
  }
  void flush() {
    std::fwrite(text_.data(), 1, text_.size(), stdout);
    std::fflush(stdout);
    text_.clear();
  }

 private:
  const wanted_records& wanted_;
  record_format format_;
  bool as_json_;
  pacer pace_;
  progress progress_;
  std::string text_;
  std::int64_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

outcome<record_reader::range> range_of(const wanted_records& wanted) {
  const std::int64_t now = now_ms();
  const auto from = position_of("--from", wanted.from, now);
  const auto until =
      from && !wanted.until.empty() ? position_of("--until", wanted.until, now) : from;
  if (!until) {
    return until.error();
  }
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    return brokers.error();
  }
  const auto partitions = partitions_of(*brokers, wanted.topic, wanted.partitions);
  const auto bounds =
      partitions ? bounds_of(*brokers, *partitions) : outcome<log_bounds>(partitions.error());
  const auto begin =
      bounds ? resolve(*brokers, *bounds, *from) : outcome<offset_map>(bounds.error());
  if (!begin) {
    return begin.error();
  }
  record_reader::range made{*begin, {}};
  if (!wanted.until.empty()) {
    const auto end = resolve(*brokers, *bounds, *until);
    if (!end) {
      return end.error();
    }
    made.end = *end;
  } else if (!wanted.follow) {
    made.end = bounds->ends;
  }
  return made;
}

outcome<void> consume_partitions(const wanted_records& wanted, const record_format& format,
                                 bool as_json) {
  const auto range = range_of(wanted);
  auto reader = range ? record_reader::open(wanted.where, wanted.topic, *range)
                      : outcome<record_reader>(range.error());
  if (!reader) {
    return reader.error();
  }
  record_printer printer(wanted, format, as_json, range->count());
  while (reader->has_more() && !printer.is_done()) {
    auto done = reader->read([&](const auto& message) { return printer.print(message); });
    if (!done) {
      return done;
    }
    printer.flush();
  }
  return boost::system::in_place_value;
}

/// `--from` of a group is where it begins when it has committed nothing.
outcome<void> check_group(const wanted_records& wanted) {
  if (wanted.from != "start" && wanted.from != "end") {
    return problem{
        "--from " + wanted.from +
            " with --group: expected start or end, for a group "
            "that has committed nothing",
        "to send a group elsewhere: tidectl group reset " + wanted.group + " --to " + wanted.from,
        2};
  }
  if (!wanted.until.empty() || !wanted.partitions.empty()) {
    return problem{"--until and --partition do not go with --group: the group deals partitions out",
                   "leave --group away to read by partition", 2};
  }
  return boost::system::in_place_value;
}

outcome<void> consume_as_member(const wanted_records& wanted, const record_format& format,
                                bool as_json) {
  if (auto well = check_group(wanted); !well) {
    return well;
  }
  {
    // A member would wait for a topic that does not exist.
    const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
    const auto view =
        brokers ? view_topic(*brokers, wanted.topic) : outcome<cluster_view>(brokers.error());
    if (!view) {
      return view.error();
    }
  }
  auto reader =
      group_reader::open(wanted.where, {wanted.topic, wanted.group, wanted.from == "end"});
  if (!reader) {
    return reader.error();
  }
  record_printer printer(wanted, format, as_json, -1);
  auto last = std::chrono::steady_clock::now();
  while (!printer.is_done() && (wanted.follow || !reader->is_at_end())) {
    const auto had = reader->read([&](const auto& message) { printer.print(message); });
    if (!had) {
      return had.error();
    }
    const auto now = std::chrono::steady_clock::now();
    if (*had) {
      last = now;
      continue;
    }
    printer.flush();
    // The group needs its time to deal out partitions, and may have none for one more member.
    if (!wanted.follow && now - last > 3 * wanted.where.longest()) {
      return problem{"group " + wanted.group + " gives this member no partition",
                     "see who has them: tidectl group describe " + wanted.group};
    }
  }
  return boost::system::in_place_value;
}

void add_options(CLI::App& command, wanted_records& wanted) {
  command.add_option("topic", wanted.topic, "Name of the topic")->required();
  command.add_option("-p,--partition", wanted.partitions, "Only these partitions")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--from", wanted.from, std::string("Where to begin: ") + position_help)
      ->capture_default_str();
  command.add_option("--until", wanted.until, "Where to stop, in the same words; the end without");
  command.add_option("-c,--count", wanted.count, "Stop after so many records")
      ->check(CLI::NonNegativeNumber);
  command.add_option("-g,--group", wanted.group,
                     "Read as a member of this group, and commit what was printed");
  command.add_flag("-f,--follow", wanted.follow, "At the end, wait for more; Ctrl-C ends it");
  command
      .add_option("--format", wanted.format,
                  "What to print: %t topic, %p partition, %o offset, %T time in ms, %D date, %k "
                  "key, %v value, %h headers, %K and %V sizes, \\n, \\t")
      ->capture_default_str();
  command.add_option("--rate", wanted.rate, "Records a second at most")->check(CLI::PositiveNumber);
  add_connection(command, wanted.where);
}

}  // namespace

void add_consume(CLI::App& app, output& out) {
  auto wanted = std::make_shared<wanted_records>();
  auto* command = app.add_subcommand(
      "consume", "Print records of a topic; with --json as objects that produce --json takes");
  add_options(*command, *wanted);
  command->footer(
      "Examples:\n  tidectl consume orders --from -10 --format '%p %o %k: %v\\n'\n"
      "  tidectl consume orders --from -1h --follow");
  command->callback([wanted, &out] {
    const auto format = record_format::parse(wanted->format);
    if (!format) {
      out.fail(format.error());
      return;
    }
    const interrupt ends_well;
    const auto done = wanted->group.empty() ? consume_partitions(*wanted, *format, out.as_json)
                                            : consume_as_member(*wanted, *format, out.as_json);
    if (!done) {
      out.fail(done.error());
    }
  });
}

}  // namespace tidemill::cli
