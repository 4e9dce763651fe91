#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "kafka/cluster_view.hpp"
#include "record/commands.hpp"
#include "record/record_writer.hpp"
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
  std::vector<std::string> files;
  std::string format = "lines";
  std::string separator;
  std::string key;
  bool has_key = false;
  std::vector<std::string> headers;
  int partition = -1;
  bool tombstones = false;
  std::string compression = "none";
  std::string acks = "all";
  bool idempotent = false;
  double rate = 0;
};

/// What the command line says of every record.
outcome<new_record> pattern_of(const wanted_records& wanted) {
  new_record made;
  made.partition = wanted.partition;
  if (wanted.has_key) {
    made.key = wanted.key;
  }
  for (const std::string& text : wanted.headers) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return problem{"-H " + text + ": expected NAME=VALUE", "for example -H source=import", 2};
    }
    made.headers.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return made;
}

/// A record of the input, with what the command line says of all of them.
outcome<new_record> record_of(std::string_view text, const new_record& pattern,
                              const wanted_records& wanted) {
  new_record made;
  if (wanted.format == "json") {
    auto read = record_of_json(text);
    if (!read) {
      return read;
    }
    made = std::move(*read);
  } else if (wanted.format == "file") {
    made.value = std::string(text);
  } else {
    made = record_of_line(text, unescaped(wanted.separator));
  }
  if (wanted.tombstones && made.value && made.value->empty()) {
    made.value.reset();
  }
  if (pattern.key) {
    made.key = pattern.key;
  }
  if (pattern.partition >= 0) {
    made.partition = pattern.partition;
  }
  made.headers.insert(made.headers.end(), pattern.headers.begin(), pattern.headers.end());
  return made;
}

/// Sends what it is given, piece by piece.
class sender {
 public:
  sender(const wanted_records& wanted, new_record pattern, record_writer& writer)
      : wanted_(wanted),
        pattern_(std::move(pattern)),
        writer_(writer),
        pace_(wanted.rate),
        progress_("records", -1) {}

  outcome<void> send_all(std::istream& input, const std::string& name, std::uint64_t size_bytes) {
    if (wanted_.format == "file") {
      const std::string whole{std::istreambuf_iterator<char>(input),
                              std::istreambuf_iterator<char>()};
      return send(whole, name);
    }
    std::string line;
    std::uint64_t read = 0;
    for (std::int64_t number = 1; std::getline(input, line) && !interrupt::came(); ++number) {
      read += line.size() + 1;
      if (auto done = send(line, name + ":" + std::to_string(number)); !done) {
        return done;
      }
      const double part =
          size_bytes == 0 ? -1 : static_cast<double>(read) / static_cast<double>(size_bytes);
      progress_.at(count_, writer_.so_far().bytes, part);
    }
    return boost::system::in_place_value;
  }

 private:
  outcome<void> send(std::string_view text, const std::string& where) {
    auto record = record_of(text, pattern_, wanted_);
    auto done = record ? writer_.write(*record) : outcome<void>(record.error());
    if (!done) {
      return problem{where + ": " + done.error().what, done.error().next};
    }
    ++count_;
    pace_.wait(count_);
    return boost::system::in_place_value;
  }

  const wanted_records& wanted_;
  new_record pattern_;
  record_writer& writer_;
  pacer pace_;
  progress progress_;
  std::int64_t count_ = 0;
};

outcome<void> send_inputs(const wanted_records& wanted, sender& to) {
  for (const std::string& path : wanted.files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      return problem{path + " cannot be opened", "name a file that is there", 2};
    }
    std::error_code unknown;
    const auto size = std::filesystem::file_size(path, unknown);
    if (auto done = to.send_all(file, path, unknown ? 0 : size); !done) {
      return done;
    }
  }
  if (wanted.files.empty()) {
    std::ios::sync_with_stdio(false);
    return to.send_all(std::cin, "stdin", 0);
  }
  return boost::system::in_place_value;
}

outcome<record_writer::figures> produce(const wanted_records& wanted) {
  auto pattern = pattern_of(wanted);
  if (!pattern) {
    return pattern.error();
  }
  {
    // A producer would make a topic by naming it, and a slip would go unnoticed.
    const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
    const auto view =
        brokers ? view_topic(*brokers, wanted.topic) : outcome<cluster_view>(brokers.error());
    if (!view) {
      return view.error();
    }
  }
  auto writer = record_writer::open(wanted.where, wanted.topic,
                                    {{"compression.type", wanted.compression},
                                     {"acks", wanted.acks},
                                     {"enable.idempotence", wanted.idempotent ? "true" : "false"}});
  if (!writer) {
    return writer.error();
  }
  sender to(wanted, std::move(*pattern), *writer);
  const auto sent = send_inputs(wanted, to);
  if (auto done = writer->flush(); !done) {
    return done.error();
  }
  if (!sent) {
    problem why = sent.error();
    why.what += "; " + count_text(writer->so_far().delivered) + " records before it are stored";
    return why;
  }
  return writer->so_far();
}

void add_options(CLI::App& command, wanted_records& wanted) {
  command.add_option("topic", wanted.topic, "Name of the topic")->required();
  command.add_option("file", wanted.files, "Files to read; stdin without");
  command
      .add_option("--format", wanted.format,
                  "lines: a record a line; json: an object a line, as consume --json prints; file: "
                  "each file is one record")
      ->check(CLI::IsMember({"lines", "json", "file"}))
      ->capture_default_str();
  command.add_option("-K,--key-separator", wanted.separator,
                     "What stands between key and value in a line, for example : or \\t");
  command.add_option_function<std::string>(
      "-k,--key",
      [&wanted](const std::string& key) {
        wanted.key = key;
        wanted.has_key = true;
      },
      "The key of all records");
  command.add_option("-H,--header", wanted.headers, "A header of all records; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("-p,--partition", wanted.partition, "To this partition; by the key without")
      ->check(CLI::NonNegativeNumber);
  command.add_flag("--tombstones", wanted.tombstones, "An empty value is a null: a tombstone");
  command.add_option("-z,--compression", wanted.compression, "Compress batches")
      ->check(CLI::IsMember({"none", "gzip", "snappy", "lz4", "zstd"}))
      ->capture_default_str();
  command.add_option("--acks", wanted.acks, "Who must have a record: 0 nobody, 1 the leader, all")
      ->check(CLI::IsMember({"0", "1", "all"}))
      ->capture_default_str();
  command.add_flag("--idempotent", wanted.idempotent, "No record twice, whatever is sent again");
  command.add_option("--rate", wanted.rate, "Records a second at most")->check(CLI::PositiveNumber);
  add_connection(command, wanted.where);
}

}  // namespace

void add_produce(CLI::App& app, output& out) {
  auto wanted = std::make_shared<wanted_records>();
  auto* command = app.add_subcommand("produce", "Store records in a topic");
  add_options(*command, *wanted);
  command->footer(
      "Examples:\n  echo 'ann:hello' | tidectl produce orders -K :\n"
      "  tidectl --json consume orders | tidectl produce copy --format json");
  command->callback([wanted, &out] {
    const interrupt ends_well;
    const auto begun = std::chrono::steady_clock::now();
    const auto done = produce(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (done->failed > 0) {
      out.fail(count_text(done->failed) + " of " + count_text(done->failed + done->delivered) +
                   " records were not stored, the first because: " + done->first_failure,
               "what was stored stays; send the rest again");
      return;
    }
    const std::string text = count_text(done->delivered) + " records, " + size_text(done->bytes) +
                             ", in " + duration_text(took.count()) + "\n";
    out.answer(boost::json::object{{"topic", wanted->topic},
                                   {"delivered", done->delivered},
                                   {"bytes", done->bytes},
                                   {"seconds", took.count()}},
               text);
  });
}

}  // namespace tidemill::cli
