#include <cstdio>
#include <filesystem>

#include "log/commands.hpp"
#include "log/program_lines.hpp"
#include "log/row_text.hpp"
#include "terminal/progress.hpp"
#include "terminal/style.hpp"

namespace tidemill::cli {
namespace {

constexpr const char* program_name = "tidemill-log-dump";

struct wanted_dump {
  std::vector<std::string> paths;
  bool with_records = false;
};

/// Bytes of all segments that will be read, for the time left.
std::uint64_t bytes_of(const std::vector<std::string>& paths) {
  std::uint64_t total = 0;
  std::error_code unknown;
  const auto add = [&](const std::filesystem::path& file) {
    const auto size = file.extension() == ".log" ? std::filesystem::file_size(file, unknown) : 0;
    total += unknown ? 0 : size;
  };
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path, unknown)) {
      add(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path, unknown)) {
      add(entry.path());
    }
  }
  return total;
}

/// Prints rows as they come.
class row_printer {
 public:
  row_printer(bool as_json, std::uint64_t total_bytes)
      : as_json_(as_json), total_bytes_(total_bytes), progress_("rows", -1) {}

  void see(const std::string& line) {
    boost::system::error_code why;
    const auto parsed = boost::json::parse(line, why);
    const auto* const row = why ? nullptr : parsed.if_object();
    if (row == nullptr || as_json_) {
      std::printf("%s\n", line.c_str());
    } else {
      print(*row);
    }
    note(row);
  }

 private:
  void print(const boost::json::object& row) {
    const auto* const file = row.if_contains("file");
    if (file != nullptr && file->is_string() && file->get_string() != file_) {
      std::printf("%s%s\n", file_.empty() ? "" : "\n",
                  shaded(std::string(file->get_string()), shade::heading).c_str());
      file_ = file->get_string();
    }
    std::printf("%s\n", row_text(row).c_str());
  }
  void note(const boost::json::object* row) {
    ++rows_;
    const auto* const size = row == nullptr ? nullptr : row->if_contains("size");
    read_bytes_ +=
        size != nullptr && size->is_int64() ? static_cast<std::uint64_t>(size->get_int64()) : 0;
    if (!is_read_by_people()) {
      progress_.at(rows_, read_bytes_,
                   total_bytes_ == 0
                       ? -1
                       : static_cast<double>(read_bytes_) / static_cast<double>(total_bytes_));
    }
  }

  bool as_json_;
  std::uint64_t total_bytes_;
  progress progress_;
  std::string file_;
  std::int64_t rows_ = 0;
  std::uint64_t read_bytes_ = 0;
};

}  // namespace

void add_log_dump(CLI::App& log, output& out) {
  auto wanted = std::make_shared<wanted_dump>();
  auto* command = log.add_subcommand(
      "dump",
      "Show and check segments, indexes, producer snapshots and epochs, also those of Kafka");
  command->add_option("path", wanted->paths, "The directory of a partition, or files of it")
      ->required();
  command->add_flag("--records", wanted->with_records,
                    "The records, too; those of compressed batches are not shown");
  command->footer("Example:\n  tidectl log dump --records tidemill-data/orders-0");
  command->callback([wanted, &out] {
    std::vector<std::string> arguments = wanted->paths;
    if (wanted->with_records) {
      arguments.insert(arguments.begin(), "--records");
    }
    row_printer rows(out.as_json, bytes_of(wanted->paths));
    const auto ended = run_program(program_beside(program_name), arguments,
                                   [&](const std::string& line) { rows.see(line); });
    if (!ended) {
      out.fail(ended.error());
      return;
    }
    out.exit_code = *ended;
  });
}

}  // namespace tidemill::cli
