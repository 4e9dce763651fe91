#include "metadata/single_voter/metadata_log.hpp"

#include <algorithm>
#include <charconv>

#include "base/assert.hpp"
#include "metadata/errc.hpp"
#include "record/batch_view.hpp"

namespace tidemill::metadata {
namespace {

constexpr std::string_view log_suffix = ".log";
constexpr std::string_view snapshot_suffix = ".checkpoint";
constexpr std::string_view temporary_suffix = ".tmp";
constexpr std::string_view mark_name = "committed";
constexpr std::size_t index_digits = 20;
constexpr std::size_t term_digits = 10;
constexpr std::uint64_t log_file_size_bytes_max = 4ULL << 30U;

std::string padded(std::int64_t number, std::size_t digits) {
  auto text = std::to_string(number);
  TIDEMILL_ASSERT(text.size() <= digits);
  return text.insert(0, digits - text.size(), '0');
}

std::optional<std::int64_t> parse_padded(std::string_view text, std::size_t digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.size() != digits || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::int64_t> parse_log_name(std::string_view name) {
  return name.ends_with(log_suffix)
             ? parse_padded(name.substr(0, name.size() - log_suffix.size()), index_digits)
             : std::nullopt;
}

std::optional<committed_position> parse_snapshot_name(std::string_view name) {
  if (!name.ends_with(snapshot_suffix) ||
      name.size() != index_digits + 1 + term_digits + snapshot_suffix.size()) {
    return std::nullopt;
  }
  const auto index = parse_padded(name.substr(0, index_digits), index_digits);
  const auto term_number = parse_padded(name.substr(index_digits + 1, term_digits), term_digits);
  if (!index || !term_number) {
    return std::nullopt;
  }
  return committed_position{log_index{*index}, tidemill::term{*term_number}};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A whole batch that passes its checksum and continues the log at `expected`.
std::optional<record::batch_view> sound_batch(bytes_view bytes, std::int64_t expected) {
  const auto batch = record::front_batch(bytes);
  if (!batch || batch->base_offset() != offset{expected} || batch->is_compressed() ||
      batch->record_count() < 1 ||
      batch->last_offset_delta() != offset_delta{batch->record_count() - 1} ||
      batch->crc() != batch->computed_crc()) {
    return std::nullopt;
  }
  return *batch;
}

/// Whether a whole batch stands anywhere in the bytes. There is never more than one write without a
/// sync behind it, and a write is one batch: what lies before another batch was synced, so damage
/// there is no torn write.
bool holds_batch(bytes_view bytes) {
  for (std::size_t at = 0; at + record::batch_header_size <= bytes.size(); ++at) {
    const auto rest = bytes.subspan(at);
    if (rest[record::magic_position] != std::byte{record::batch_magic}) {
      continue;
    }
    const auto batch = record::front_batch(rest);
    if (batch && batch->base_offset().value() > 0 && batch->crc() == batch->computed_crc()) {
      return true;
    }
  }
  return false;
}

}  // namespace

metadata_log::metadata_log(io::disk& disk, std::string directory, std::function<bool()> make_room)
    : disk_(disk),
      directory_(std::move(directory)),
      make_room_(std::move(make_room)),
      mark_(disk, mark_path()) {}

std::string metadata_log::mark_path() const {
  return directory_ + "/" + std::string(mark_name);
}

std::string metadata_log::log_path(std::int64_t first) const {
  return directory_ + "/" + padded(first, index_digits) + std::string(log_suffix);
}

std::string metadata_log::snapshot_path(committed_position last) const {
  return directory_ + "/" + padded(last.index.value(), index_digits) + "-" +
         padded(last.term.value(), term_digits) + std::string(snapshot_suffix);
}

error_code metadata_log::damaged(const std::string& path, std::uint64_t position,
                                 const char* what) {
  damage_ = path + ": " + what + " at byte " + std::to_string(position);
  return make_error_code(errc::log_corrupt);
}

result<metadata_log::content> metadata_log::open() {
  TIDEMILL_TRY(disk_.create_directories(directory_));
  TIDEMILL_TRY(disk_.sync_directory(parent_of(directory_)));
  TIDEMILL_TRY_ASSIGN(found, take_inventory());
  TIDEMILL_TRY_ASSIGN(noted, mark_.read());
  noted_ = noted;
  content into;
  TIDEMILL_TRY(load_snapshot(found, into));
  if (found.logs.empty()) {
    return begin_anew(std::move(into));
  }
  TIDEMILL_TRY_ASSIGN(first_needed, first_needed_log(found, into.last.index));
  const auto snapshot_index = into.last.index;
  into.last.index = log_index{found.logs[first_needed] - 1};
  for (auto i = first_needed; i < found.logs.size(); ++i) {
    TIDEMILL_TRY(load_log(found.logs[i], i + 1 == found.logs.size(), into));
  }
  if (into.last.index < snapshot_index) {
    return damaged(log_path(found.logs.back()), size_bytes_, "the log ends before the snapshot");
  }
  TIDEMILL_TRY(check_mark(found, snapshot_index, into));
  if (torn_bytes_ > 0) {
    TIDEMILL_TRY(cut_tail(log_path(found.logs.back()), into));
  }
  into.entries.drop_through(snapshot_index);
  TIDEMILL_TRY(remove_obsolete(found, first_needed));
  return into;
}

result<metadata_log::content> metadata_log::begin_anew(content into) {
  if (into.snapshot) {
    return damaged(directory_, 0, "a snapshot without a log file behind it");
  }
  if (noted_.found != committed_mark_file::state::missing) {
    damage_ = directory_ + ": the log file is missing, but " + mark_path() +
              " says that there was one, up to index " +
              std::to_string(noted_.mark.last.index.value()) +
              "; put it back from a copy, or remove " + mark_path() + " to begin without it";
    return make_error_code(errc::log_corrupt);
  }
  TIDEMILL_TRY(begin_file(log_index{1}));
  return into;
}

/// The log must reach what was durable, and be the same there.
result<void> metadata_log::check_mark(const inventory& found, log_index snapshot, content& into) {
  const committed_mark& mark = noted_.mark;
  const std::string path = log_path(found.logs.back());
  if (noted_.found != committed_mark_file::state::whole) {
    const bool is_new = into.last.index == log_index{0};
    if (!is_new || noted_.found == committed_mark_file::state::unreadable) {
      into.repaired = mark_path() + " is missing or damaged, so nobody can tell whether " + path +
                      " still has its end";
    }
    return {};
  }
  const std::string remedy =
      "; put the file back from a copy, or, to go on without what is lost,"
      " remove " +
      mark_path();
  if (into.last.index < mark.last.index) {
    damage_ = path + ": the log ends at byte " + std::to_string(size_bytes_) + " with index " +
              std::to_string(into.last.index.value()) + ", but it had been durable up to index " +
              std::to_string(mark.last.index.value()) +
              ": changes of topics that were acknowledged are lost" + remedy;
    return make_error_code(errc::log_corrupt);
  }
  if (mark.last.index > snapshot && crc_at_mark_ != mark.crc) {
    damage_ = path + ": what stands at index " + std::to_string(mark.last.index.value()) +
              " is not what was written there: the log is another one" + remedy;
    return make_error_code(errc::log_corrupt);
  }
  return {};
}

result<metadata_log::inventory> metadata_log::take_inventory() {
  TIDEMILL_TRY_ASSIGN(names, disk_.list(directory_));
  inventory found;
  for (const auto& entry : names) {
    if (const auto first = parse_log_name(entry.name)) {
      found.logs.push_back(*first);
    } else if (const auto last = parse_snapshot_name(entry.name)) {
      found.snapshots.push_back(*last);
    } else if (entry.name.ends_with(temporary_suffix)) {
      TIDEMILL_TRY(disk_.remove(directory_ + "/" + entry.name));
    }
  }
  std::ranges::sort(found.logs);
  std::ranges::sort(found.snapshots, {}, &committed_position::index);
  return found;
}

result<void> metadata_log::load_snapshot(const inventory& found, content& into) {
  if (found.snapshots.empty()) {
    return {};
  }
  const auto newest = found.snapshots.back();
  const auto path = snapshot_path(newest);
  auto read = read_snapshot(disk_, path);
  if (!read || read->last.index != newest.index || read->last.term != newest.term) {
    damage_ = path + ": the snapshot is damaged or can't be read";
    return read ? make_error_code(errc::snapshot_corrupt) : read.error();
  }
  into.last = newest;
  into.snapshot = std::move(*read);
  return {};
}

/// The last log file that does not begin behind the snapshot; those before it are in the snapshot.
result<std::size_t> metadata_log::first_needed_log(const inventory& found, log_index snapshot) {
  const auto next_index = snapshot.value() + 1;
  const auto behind = std::ranges::upper_bound(found.logs, next_index);
  if (behind == found.logs.begin()) {
    return damaged(log_path(found.logs.front()), 0, "log files before it are missing");
  }
  return static_cast<std::size_t>(behind - found.logs.begin()) - 1;
}

result<void> metadata_log::load_log(std::int64_t first, bool is_newest, content& into) {
  const auto path = log_path(first);
  if (first != into.last.index.value() + 1) {
    return damaged(path, 0, "entries before it are missing");
  }
  TIDEMILL_TRY_ASSIGN(read, io::read_whole_file(disk_, path, log_file_size_bytes_max));
  const bytes_view bytes = into.files.emplace_back(std::move(read));
  std::size_t position = 0;
  while (position < bytes.size()) {
    const auto batch = sound_batch(bytes.subspan(position), into.last.index.value() + 1);
    if (!batch) {
      break;
    }
    if (!into.entries.add(*batch)) {
      return damaged(path, position, "a batch that is none of the metadata log");
    }
    // The term lies outside the checksum; it must not go back.
    const tidemill::term written{batch->leader_epoch().value_or(leader_epoch{0}).value()};
    into.last = {log_index{batch->last_offset().value()}, std::max(into.last.term, written)};
    if (into.last.index == noted_.mark.last.index) {
      crc_at_mark_ = batch->crc();
    }
    position += batch->size();
  }
  if (position < bytes.size() && (!is_newest || holds_batch(bytes.subspan(position + 1)))) {
    return damaged(path, position, "a damaged batch with others behind it");
  }
  if (!is_newest) {
    return {};
  }
  TIDEMILL_TRY_ASSIGN(file, disk_.open(path, io::open_mode::read_write));
  file_ = std::move(file);
  size_bytes_ = position;
  torn_bytes_ = bytes.size() - position;
  return {};
}

result<void> metadata_log::cut_tail(const std::string& path, content& into) {
  TIDEMILL_TRY(file_->truncate(size_bytes_));
  TIDEMILL_TRY(file_->sync());
  into.repaired += (into.repaired.empty() ? "" : "; ") + path + ": cut " +
                   std::to_string(torn_bytes_) + " bytes of an unfinished write at byte " +
                   std::to_string(size_bytes_);
  return {};
}

result<void> metadata_log::remove_obsolete(const inventory& found, std::size_t first_needed) {
  bool removed = false;
  for (std::size_t i = 0; i < first_needed; ++i) {
    TIDEMILL_TRY(disk_.remove(log_path(found.logs[i])));
    removed = true;
  }
  for (std::size_t i = 0; i + 1 < found.snapshots.size(); ++i) {
    TIDEMILL_TRY(disk_.remove(snapshot_path(found.snapshots[i])));
    removed = true;
  }
  return removed ? disk_.sync_directory(directory_) : result<void>{};
}

result<void> metadata_log::begin_file(log_index first) {
  TIDEMILL_TRY_ASSIGN(file, disk_.open(log_path(first.value()), io::open_mode::create_truncated));
  TIDEMILL_TRY(file->sync());
  TIDEMILL_TRY(disk_.sync_directory(directory_));
  file_ = std::move(file);
  size_bytes_ = 0;
  return {};
}

result<void> metadata_log::append(bytes_view batch) {
  TIDEMILL_ASSERT(file_ != nullptr);
  auto appended = write_or_undo(batch);
  if (!appended && appended.error() == errc::storage_full && make_room_ && make_room_()) {
    appended = write_or_undo(batch);
  }
  TIDEMILL_TRY(appended);
  size_bytes_ += batch.size();
  const record::batch_view written_batch(batch);
  mark_.write({{log_index{written_batch.last_offset().value()},
                term{written_batch.leader_epoch().value_or(leader_epoch{0}).value()}},
               written_batch.crc()});
  return {};
}

/// Writes and syncs, or leaves the file as it was.
result<void> metadata_log::write_or_undo(bytes_view batch) {
  const auto written = file_->write_at(size_bytes_, batch);
  if (!written) {
    const bool is_full = io::is_out_of_space(written.error()) ||
                         written.error() == boost::system::errc::make_error_code(
                                                boost::system::errc::file_too_large);
    TIDEMILL_TRY(file_->truncate(size_bytes_));
    TIDEMILL_TRY(file_->sync());
    return is_full ? make_error_code(errc::storage_full) : written.error();
  }
  // Never tried twice: after a failed sync nobody knows what is on the disk (R24).
  return file_->sync();
}

result<log_replacement> metadata_log::replace(committed_position last, snapshot_source& source) {
  if (!write_snapshot(disk_, snapshot_path(last), last, source)) {
    // With or without the snapshot, what open() reads is the same.
    return log_replacement::skipped;
  }
  // A file that may or may not be there would hide what is appended to the old one.
  TIDEMILL_TRY(begin_file(log_index{last.index.value() + 1}));
  mark_.write({last, std::nullopt});
  if (const auto found = take_inventory()) {
    if (const auto first_needed = first_needed_log(*found, last.index)) {
      // What can't be removed now is removed by the next open().
      static_cast<void>(remove_obsolete(*found, *first_needed));
    }
  }
  return log_replacement::done;
}

}  // namespace tidemill::metadata
