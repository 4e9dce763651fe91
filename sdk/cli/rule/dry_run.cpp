// What a rule would have decided of records that are there. Writes nothing.
#include <map>

#include "bench/histogram.hpp"
#include "kafka/position.hpp"
#include "record/record_reader.hpp"
#include "rule/commands.hpp"
#include "rule/dry_run_batch.hpp"
#include "rule/dry_run_segments.hpp"
#include "rule/rule_source.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/progress.hpp"
#include "terminal/table.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

/// Further decisions are counted together.
constexpr std::size_t decisions_max = 1000;

struct wanted_run {
  connection where;
  std::string rule;
  std::string against;
  std::string topic;
  std::string from = "-10000";
  std::string until;
  std::size_t samples = 5;
  /// For rules of retention.
  std::string directory;
  std::int64_t committed = -1;
  std::string now;
};

struct sample {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::string before;
  std::string decided;
};

/// What has been seen so far.
struct findings {
  std::int64_t records = 0;
  std::uint64_t bytes = 0;
  std::map<std::string, std::int64_t> counts;
  std::int64_t changed = 0;
  std::map<std::string, std::size_t> samples_of;
  std::vector<sample> samples;
  histogram costs;
  double seconds = 0;
};

using runner = std::unique_ptr<rules::rule_runner>;

/// The rule, ready to run; nullptr when that has failed and been told.
runner open_rule(const std::string& path, output& out) {
  const auto program = compile_rule(path, out);
  if (program == nullptr) {
    return nullptr;
  }
  auto opened = rules::rule_runner::open(program);
  if (opened.runner == nullptr) {
    out.fail(opened.problem, "");
  }
  return std::move(opened.runner);
}

/// Has each batch judged, and counts.
class judge {
 public:
  judge(rules::rule_runner& rule, rules::rule_runner* against, std::size_t samples)
      : rule_(rule), against_(against), samples_(samples) {}

  void look_at(rule_batch& batch) {
    if (batch.size() == 0) {
      return;
    }
    const auto before = against_ == nullptr ? std::vector<std::string>() : batch.decide(*against_);
    const auto decided = batch.decide(rule_);
    seen.costs.add(batch.record_cost());
    const bool judges_partitions = rule_.program().facts.kind == rules::rule_kind::partitioner;
    for (std::size_t row = 0; row < decided.size(); ++row) {
      count(decided[row]);
      // Without another rule: where records are now, or that they were let in.
      const std::string now = against_ != nullptr ? before[row]
                              : judges_partitions ? std::to_string(batch.partition())
                                                  : std::string("pass");
      if (decided[row] != now && (decided[row] != "any" || against_ != nullptr)) {
        ++seen.changed;
        take_sample(batch, row, now, decided[row]);
      }
    }
    batch.clear();
  }

  findings seen;

 private:
  void count(const std::string& decision) {
    const auto found = seen.counts.find(decision);
    const bool is_full = found == seen.counts.end() && seen.counts.size() >= decisions_max;
    ++seen.counts[is_full ? "others" : decision];
    ++seen.records;
  }
  void take_sample(const rule_batch& batch, std::size_t row, const std::string& before,
                   const std::string& decided) {
    if (seen.samples_of.size() >= decisions_max || seen.samples_of[decided] >= samples_) {
      return;
    }
    ++seen.samples_of[decided];
    seen.samples.push_back(
        {batch.partition(), batch.offset_of(row), batch.key_text(row), before, decided});
  }

  rules::rule_runner& rule_;
  rules::rule_runner* against_;
  std::size_t samples_;
};

struct source {
  record_reader::range range;
  std::int32_t partition_count = 0;
};

outcome<source> source_of(const wanted_run& wanted) {
  const std::int64_t now = now_ms();
  const auto from = position_of("--from", wanted.from, now);
  const auto until =
      from && !wanted.until.empty() ? position_of("--until", wanted.until, now) : from;
  if (!until) {
    return until.error();
  }
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  const auto partitions = brokers ? partitions_of(*brokers, wanted.topic, {})
                                  : outcome<std::vector<topic_partition>>(brokers.error());
  const auto bounds =
      partitions ? bounds_of(*brokers, *partitions) : outcome<log_bounds>(partitions.error());
  const auto begin =
      bounds ? resolve(*brokers, *bounds, *from) : outcome<offset_map>(bounds.error());
  if (!begin) {
    return begin.error();
  }
  source made{{*begin, bounds->ends}, static_cast<std::int32_t>(partitions->size())};
  if (!wanted.until.empty()) {
    const auto end = resolve(*brokers, *bounds, *until);
    if (!end) {
      return end.error();
    }
    made.range.end = *end;
  }
  return made;
}

outcome<void> read_all(const wanted_run& wanted, judge& judging) {
  const auto from = source_of(wanted);
  auto reader = from ? record_reader::open(wanted.where, wanted.topic, from->range)
                     : outcome<record_reader>(from.error());
  if (!reader) {
    return reader.error();
  }
  const auto begun = std::chrono::steady_clock::now();
  progress shown("records", from->range.count());
  rule_batch batch(wanted.topic, from->partition_count);
  while (reader->has_more() && !interrupt::came()) {
    const auto done = reader->read([&](const rd_kafka_message_t& message) {
      if (batch.is_full() || (batch.size() > 0 && batch.partition() != message.partition)) {
        judging.look_at(batch);
      }
      batch.add(view_of(message));
      judging.seen.bytes += message.len + message.key_len;
      return true;
    });
    if (!done) {
      return done;
    }
    shown.at(judging.seen.records, judging.seen.bytes);
  }
  judging.look_at(batch);
  judging.seen.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return boost::system::in_place_value;
}

boost::json::object json_of(const findings& seen, const wanted_run& wanted) {
  boost::json::object counts;
  for (const auto& [decision, count] : seen.counts) {
    counts[decision] = count;
  }
  boost::json::array samples;
  for (const sample& one : seen.samples) {
    samples.push_back(boost::json::object{{"partition", one.partition},
                                          {"offset", one.offset},
                                          {"key", one.key},
                                          {"before", one.before},
                                          {"decided", one.decided}});
  }
  return {{"rule", wanted.rule},
          {"topic", wanted.topic},
          {"records", seen.records},
          {"decisions", std::move(counts)},
          {"changed", seen.changed},
          {"samples", std::move(samples)},
          {"nanoseconds_p50", seen.costs.at(0.5)},
          {"nanoseconds_p99", seen.costs.at(0.99)},
          {"seconds", seen.seconds}};
}

std::string text_of(const findings& seen, const wanted_run& wanted) {
  using enum table::align;
  table counts({{"DECISION"}, {"RECORDS", right}, {"PART", right}});
  for (const auto& [decision, count] : seen.counts) {
    char part[16] = {};
    std::snprintf(part, sizeof part, "%.2f %%",
                  100.0 * static_cast<double>(count) / static_cast<double>(seen.records));
    counts.add({decision, count_text(count), part});
  }
  std::string text = count_text(seen.records) + " records of " + wanted.topic + " in " +
                     duration_text(seen.seconds) + "; a decision cost " +
                     std::to_string(seen.costs.at(0.5)) + " ns at the median, " +
                     std::to_string(seen.costs.at(0.99)) + " ns at the 99th percentile\n\n" +
                     counts.text() + "\n";
  text += count_text(seen.changed) +
          (wanted.against.empty() ? " records are not as the rule would have them\n"
                                  : " decisions differ from those of " + wanted.against + "\n");
  table samples({{"PARTITION", right}, {"OFFSET", right}, {"KEY"}, {"BEFORE"}, {"DECIDED"}});
  for (const sample& one : seen.samples) {
    samples.add({std::to_string(one.partition), std::to_string(one.offset), one.key, one.before,
                 one.decided});
  }
  return samples.empty() ? text : text + "\n" + samples.text();
}

/// Records come from a topic, segments from a directory.
outcome<void> check_source(const wanted_run& wanted, rules::rule_kind kind) {
  if (kind == rules::rule_kind::retention && wanted.directory.empty()) {
    return problem{wanted.rule +
                       " is a rule of retention, which is asked about segments: expected "
                       "--directory",
                   "for example --directory tidemill-data/orders-0", 2};
  }
  if (kind != rules::rule_kind::retention && wanted.topic.empty()) {
    return problem{wanted.rule + " is a rule that is asked about records: expected --topic",
                   "see what is there: tidectl topic list", 2};
  }
  return boost::system::in_place_value;
}

/// When a rule of retention is asked.
outcome<std::int64_t> time_of(const std::string& text) {
  const std::int64_t now = now_ms();
  if (text.empty()) {
    return now;
  }
  const auto at = position_of("--now", text, now);
  if (!at) {
    return at.error();
  }
  if (at->what != position::kind::time) {
    return problem{"--now " + text + " is not a time",
                   "for example 2026-11-28T12:00, @1764331200000 or -2h", 2};
  }
  return at->value;
}

void run(const wanted_run& wanted, output& out) {
  const runner rule = open_rule(wanted.rule, out);
  const runner against =
      rule == nullptr || wanted.against.empty() ? nullptr : open_rule(wanted.against, out);
  if (rule == nullptr || (against == nullptr && !wanted.against.empty())) {
    return;
  }
  if (against != nullptr && against->program().facts.kind != rule->program().facts.kind) {
    out.fail("--against " + wanted.against + " is a rule of another kind",
             "compare two rules that decide the same", 2);
    return;
  }
  if (auto well = check_source(wanted, rule->program().facts.kind); !well) {
    out.fail(well.error());
    return;
  }
  if (!wanted.directory.empty()) {
    const auto asked_at = time_of(wanted.now);
    if (!asked_at) {
      out.fail(asked_at.error());
      return;
    }
    const auto committed = wanted.committed < 0 ? std::nullopt : std::optional(wanted.committed);
    dry_run_segments({wanted.directory, committed, *asked_at, wanted.rule, wanted.against}, *rule,
                     against.get(), out);
    return;
  }
  judge judging(*rule, against.get(), wanted.samples);
  if (const auto done = read_all(wanted, judging); !done) {
    out.fail(done.error());
    return;
  }
  out.answer(json_of(judging.seen, wanted), text_of(judging.seen, wanted));
}

}  // namespace

void add_rule_dry_run(CLI::App& rule, output& out) {
  auto wanted = std::make_shared<wanted_run>();
  auto* command = rule.add_subcommand(
      "dry-run",
      "Show what a rule would decide of the records of a topic, or of the segments of a "
      "partition; changes nothing");
  command->add_option("file", wanted->rule, "The rule's file")->required();
  auto* const topic = command->add_option("-t,--topic", wanted->topic, "Whose records");
  command
      ->add_option("--directory", wanted->directory,
                   "For a rule of retention: a partition's directory, whose segments it is asked "
                   "about")
      ->excludes(topic);
  command
      ->add_option("--committed", wanted->committed,
                   "For a rule of retention: the lowest offset that a group has committed")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--now", wanted->now,
                   "For a rule of retention: when it is asked, a time (2026-11-28T12:00, "
                   "@MILLISECONDS) or -2h (so long ago); now without")
      ->excludes(topic);
  command->add_option("--from", wanted->from, std::string("Where to begin: ") + position_help)
      ->capture_default_str();
  command->add_option("--until", wanted->until,
                      "Where to stop, in the same words; the end without");
  command->add_option("--against", wanted->against,
                      "Another rule's file: count decisions that differ from its");
  command->add_option("--samples", wanted->samples, "Records to show of each decision that differs")
      ->capture_default_str();
  add_connection(*command, wanted->where);
  command->footer(
      "Examples:\n  tidectl rule dry-run new.lua --topic orders --from -1h --against orders.lua\n"
      "  tidectl rule dry-run keep.lua --directory tidemill-data/orders-0 --now "
      "2026-11-28T03:00");
  command->callback([wanted, &out] {
    const interrupt ends_well;
    run(*wanted, out);
  });
}

}  // namespace tidemill::cli
