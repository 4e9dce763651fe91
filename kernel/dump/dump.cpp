#include "dump/dump.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "dump/index_files.hpp"
#include "log/file_names.hpp"

namespace tidemill::dump {
namespace {

/// Larger index files are not log files of anybody's.
constexpr std::uint64_t small_file_bytes_max = std::uint64_t{1} << 30;

/// What a file is, by its name; nullopt for names that are none of ours.
struct file_kind {
  std::string_view suffix;
  offset base{0};
};
std::optional<file_kind> kind_of(std::string_view name) {
  for (const std::string_view suffix :
       {log::log_suffix, log::offset_index_suffix, log::time_index_suffix,
        log::transaction_index_suffix, log::producer_snapshot_suffix}) {
    if (const auto base = log::parse_segment_file_name(name, suffix)) {
      return file_kind{suffix, *base};
    }
  }
  if (name == log::leader_epoch_checkpoint_name) {
    return file_kind{log::leader_epoch_checkpoint_name};
  }
  return std::nullopt;
}

std::string name_in(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// Goes through the files of one directory.
class directory_dump {
 public:
  directory_dump(io::disk& disk, const options& wanted, const row_sink& sink)
      : disk_(disk), wanted_(wanted), sink_(sink) {}

  /// A segment's .log first: what lies beside it is checked against it.
  void files(std::vector<std::string> paths) {
    std::ranges::sort(paths, [](const std::string& left, const std::string& right) {
      const auto one = kind_of(name_in(left));
      const auto other = kind_of(name_in(right));
      return std::tuple(one->base, one->suffix != log::log_suffix, left) <
             std::tuple(other->base, other->suffix != log::log_suffix, right);
    });
    for (const std::string& path : paths) {
      row_writer rows(path, sink_);
      one_file(path, *kind_of(name_in(path)), rows);
      problems_ += rows.problem_count();
    }
  }
  [[nodiscard]] std::size_t problem_count() const noexcept { return problems_; }

 private:
  void one_file(const std::string& path, const file_kind& kind, row_writer& rows) {
    if (kind.suffix == log::log_suffix) {
      segment(path, kind.base, rows);
      return;
    }
    const auto bytes = io::read_whole_file(disk_, path, small_file_bytes_max);
    if (!bytes) {
      rows.problem(0, "reading failed: " + bytes.error().message(), "a file");
      return;
    }
    const batch_positions* const beside = batches_base_ == kind.base ? &batches_ : nullptr;
    if (kind.suffix == log::offset_index_suffix) {
      dump_offset_index(*bytes, kind.base, beside, rows);
    } else if (kind.suffix == log::time_index_suffix) {
      dump_time_index(*bytes, kind.base, beside, rows);
    } else if (kind.suffix == log::transaction_index_suffix) {
      dump_transaction_index(*bytes, rows);
    } else if (kind.suffix == log::producer_snapshot_suffix) {
      dump_producer_snapshot(*bytes, rows);
    } else {
      dump_leader_epochs(*bytes, rows);
    }
  }

  void segment(const std::string& path, offset base, row_writer& rows) {
    const auto file = disk_.open(path, io::open_mode::read_only);
    const auto size = file ? (*file)->size() : result<std::uint64_t>(file.error());
    if (!size) {
      rows.problem(0, "reading failed: " + size.error().message(), "a file");
      return;
    }
    batches_ = dump_segment(**file, *size, base, wanted_, rows);
    batches_base_ = base;
  }

  io::disk& disk_;
  const options& wanted_;
  const row_sink& sink_;
  std::size_t problems_ = 0;
  /// Of the segment that was read last.
  batch_positions batches_;
  std::optional<offset> batches_base_;
};

}  // namespace

std::size_t dump_path(io::disk& disk, const std::string& path, const options& wanted,
                      const row_sink& sink) {
  directory_dump all(disk, wanted, sink);
  row_writer rows(path, sink);
  if (kind_of(name_in(path))) {
    all.files({path});
    return all.problem_count();
  }
  const auto entries = disk.list(path);
  if (!entries) {
    rows.problem(0, entries.error().message(),
                 "the directory of a partition, or a file of it: *.log, *.index, *.timeindex, "
                 "*.txnindex, *.snapshot, leader-epoch-checkpoint");
    return rows.problem_count();
  }
  std::vector<std::string> paths;
  for (const io::directory_entry& entry : *entries) {
    if (!entry.is_directory && kind_of(entry.name)) {
      paths.push_back(path + "/" + entry.name);
    }
  }
  if (paths.empty()) {
    rows.problem(0, "no file of a log", "the directory of a partition");
    return rows.problem_count();
  }
  all.files(std::move(paths));
  return all.problem_count();
}

}  // namespace tidemill::dump
