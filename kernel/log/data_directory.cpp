#include "log/data_directory.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/assert.hpp"
#include "log/clean_state.hpp"

namespace tidemill::log {
namespace {

constexpr std::string_view lock_name = ".lock";
constexpr std::string_view meta_name = "meta.toml";
constexpr std::string_view clean_marker_name = ".kafka_cleanshutdown";
constexpr std::string_view clean_state_name = "clean-state";
constexpr std::string_view ballast_name = "ballast";
/// A clean end writes less than this, but for very many logs.
constexpr std::uint64_t closing_space_bytes = std::uint64_t{16} << 20;
constexpr std::string_view delete_suffix = "-delete";
constexpr std::string_view stray_suffix = "-stray";
constexpr std::size_t name_size_max = 255;  // of a file, on every common file system
constexpr std::uint64_t meta_size_bytes_max = 64 << 10;
constexpr std::uint64_t clean_state_size_bytes_max = std::uint64_t{1} << 30;

/// "<topic>-<partition>"
bool is_log_name(std::string_view name) noexcept {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == name.size()) {
    return false;
  }
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(),
                     [](char one) { return one >= '0' && one <= '9'; });
}

/// The text between the quotes, or the bare number, of the line `key = value`; empty without one.
std::string_view value_of(std::string_view text, std::string_view key) noexcept {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      continue;
    }
    const auto trim = [](std::string_view part) {
      const auto first = part.find_first_not_of(" \t\r\"");
      const auto last = part.find_last_not_of(" \t\r\"");
      return first == std::string_view::npos ? std::string_view()
                                             : part.substr(first, last - first + 1);
    };
    if (trim(line.substr(0, equals)) == key) {
      return trim(line.substr(equals + 1));
    }
  }
  return {};
}

std::string hex(const uuid& id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : id.octets) {
    text.push_back(digits[octet >> 4U]);
    text.push_back(digits[octet & 0xfU]);
  }
  return text;
}

/// What a log's directory is called once it is none any more. Long names lose their end.
std::string retired_name(std::string_view name, const uuid& unique, std::string_view suffix) {
  const std::string tail = '.' + hex(unique) + std::string(suffix);
  return std::string(name.substr(0, name_size_max - tail.size())) + tail;
}

}  // namespace

result<std::unique_ptr<data_directory>> data_directory::open(io::disk& disk, std::string path) {
  std::unique_ptr<data_directory> opened(new data_directory(disk, std::move(path)));
  if (!disk.exists(opened->path_)) {
    TIDEMILL_TRY(disk.create_directories(opened->path_));
    const auto slash = opened->path_.rfind('/');
    TIDEMILL_TRY(disk.sync_directory(slash == std::string::npos ? "."
                                     : slash == 0               ? "/"
                                                                : opened->path_.substr(0, slash)));
  }
  auto lock = disk.lock(opened->file_path(lock_name));
  if (!lock) {
    const bool held = lock.error() == boost::system::errc::operation_would_block ||
                      lock.error() == boost::system::errc::resource_unavailable_try_again;
    return held ? make_error_code(errc::directory_in_use) : lock.error();
  }
  opened->lock_ = std::move(*lock);
  TIDEMILL_TRY(opened->load());
  return opened;
}

data_directory::data_directory(io::disk& disk, std::string path)
    : disk_(disk),
      path_(std::move(path)),
      kinds_{{{"recovery-point-offset-checkpoint", &entry::recovery_point, false},
              {"log-start-offset-checkpoint", &entry::log_start, false},
              {"replication-offset-checkpoint", &entry::high_watermark, false},
              {"cleaner-offset-checkpoint", &entry::cleaned_to, false}}} {}

data_directory::~data_directory() = default;

std::string data_directory::path_of(std::string_view name) const {
  return file_path(name);
}

std::string data_directory::file_path(std::string_view name) const {
  std::string path;
  path.reserve(path_.size() + 1 + name.size());
  return path.append(path_).append("/").append(name);
}

result<void> data_directory::load() {
  TIDEMILL_TRY(list_logs());
  load_checkpoints();
  load_clean_state();
  return remove_clean_marks();
}

result<void> data_directory::list_logs() {
  TIDEMILL_TRY_ASSIGN(found, disk_.list(path_));
  for (const io::directory_entry& one : found) {
    if (!one.is_directory) {
      continue;
    }
    if (one.name.ends_with(delete_suffix)) {
      leftovers_.push_back(one.name);
    } else if (is_log_name(one.name)) {
      entries_[one.name].exists = true;
    }
  }
  return {};
}

/// Whether a directory that was this log's waits for being freed: then the checkpoints may still
/// name the log, for they are written after the renaming and before anything is freed.
bool data_directory::is_retired(std::string_view name) const noexcept {
  return std::any_of(leftovers_.begin(), leftovers_.end(), [name](const std::string& retired) {
    const auto front = std::string_view(retired).substr(0, retired.rfind('.'));
    return front == name || (retired.size() == name_size_max && name.starts_with(front));
  });
}

void data_directory::note_lost(std::string_view name, std::optional<offset> entry::* field,
                               offset at) {
  entry& one = entries_.try_emplace(std::string(name)).first->second;
  one.lost = true;
  one.*field = std::max(at, (one.*field).value_or(offset{0}));
}

void data_directory::load_checkpoints() {
  for (checkpoint_kind& one : kinds_) {
    auto read = read_checkpoint(disk_, file_path(one.file_name));
    if (!read) {
      warn(one.file_name, read.error());
      continue;
    }
    for (const auto& [name, at] : *read) {
      const auto known = entries_.find(name);
      if (known != entries_.end() && known->second.exists) {
        known->second.*one.field = at;
      } else if (at > offset{0} && !is_retired(name)) {
        note_lost(name, one.field, at);
      } else {
        one.dirty = true;  // of a log that was removed: must not meet a new one of that name
      }
    }
  }
}

void data_directory::load_clean_state() {
  auto content =
      io::read_whole_file(disk_, file_path(clean_state_name), clean_state_size_bytes_max);
  if (!content) {
    was_clean_ = entries_.empty();
    if (!io::is_missing(content.error())) {
      warn(clean_state_name, content.error());
    }
    return;
  }
  auto places = index_clean_state(*content);
  if (!places) {
    was_clean_ = false;
    warn(clean_state_name, places.error());
    return;
  }
  was_used_ = true;
  clean_content_ = std::move(*content);
  for (const auto& [name, at] : *places) {
    const auto known = entries_.find(name);
    if (known != entries_.end() && known->second.exists) {
      known->second.clean_place = at;
    } else if (const auto state = read_clean_state(clean_content_, at);
               state && state->log_end > offset{0} && !is_retired(name)) {
      note_lost(name, &entry::recovery_point, state->log_end);
      kinds_[recovery_points].dirty = true;
    }
  }
}

/// From here on a crash is a crash. Checkpoints are written first where they named logs that are
/// gone.
result<void> data_directory::remove_clean_marks() {
  auto written = write_checkpoints();
  if (!written && io::is_out_of_space(written.error())) {
    written = write_checkpoints_after_making_room();
  }
  TIDEMILL_TRY(written);
  bool removed = false;
  for (const auto name : {clean_state_name, clean_marker_name}) {
    auto gone = disk_.remove(file_path(name));
    if (!gone && !io::is_missing(gone.error())) {
      return gone.error();
    }
    removed = removed || gone;
  }
  return removed ? disk_.sync_directory(path_) : result<void>{};
}

/// The ballast first; then removed logs, which are to go anyway, as many as it takes.
result<void> data_directory::write_checkpoints_after_making_room() {
  static_cast<void>(ballast(disk_, file_path(ballast_name), 0, is_short_).release());
  auto written = write_checkpoints();
  for (std::size_t index = 0; index < leftovers_.size() && !written; ++index) {
    deletion_job job(disk_);
    job.run_first([this] { return write_checkpoints(); });
    job.add_directory(path_of(leftovers_[index]));
    auto step = job.run_step();
    while (step && *step == deletion_job::progress::more && !job.renamed()) {
      step = job.run_step();
    }
    written = write_checkpoints();
  }
  return written;
}

void data_directory::warn(std::string_view what, const error_code& error) {
  warnings_.push_back(std::string(what) + " is not used: " + error.message());
}

result<std::optional<data_directory_identity>> data_directory::read_identity() {
  auto content = io::read_whole_file(disk_, file_path(meta_name), meta_size_bytes_max);
  if (!content) {
    if (io::is_missing(content.error())) {
      return std::optional<data_directory_identity>();
    }
    return content.error();
  }
  const std::string_view text = as_text(*content);
  const auto cluster = parse_uuid(value_of(text, "cluster_id"));
  const auto directory = parse_uuid(value_of(text, "directory_id"));
  const std::string_view node_text = value_of(text, "node_id");
  std::int32_t node = -1;
  const auto [stop, error] =
      std::from_chars(node_text.data(), node_text.data() + node_text.size(), node);
  if (!cluster || !directory || node_text.empty() || error != std::errc() || node < 0 ||
      stop != node_text.data() + node_text.size()) {
    return errc::meta_malformed;
  }
  return std::optional(data_directory_identity{*cluster, broker_id{node}, *directory});
}

result<void> data_directory::write_identity(const data_directory_identity& identity) {
  const std::string text =
      "# Written once, when the directory was made. Do not edit.\nversion = 1\ncluster_id = \"" +
      to_string(identity.cluster) + "\"\nnode_id = " + std::to_string(identity.node.value()) +
      "\ndirectory_id = \"" + to_string(identity.directory) + "\"\n";
  const std::lock_guard writing(writing_);
  return io::replace_file(disk_, file_path(meta_name), as_bytes(text));
}

std::vector<std::string> data_directory::log_names() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, one] : entries_) {
    if (one.exists) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> data_directory::lost_names() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, one] : entries_) {
    if (one.lost) {
      names.push_back(name);
    }
  }
  return names;
}

known_log data_directory::take(std::string_view name) {
  const std::lock_guard lock(mutex_);
  known_log known;
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return known;
  }
  entry& one = found->second;
  known.exists = one.exists;
  known.log_start = one.log_start.value_or(offset{0});
  known.recovery_point = one.recovery_point;
  known.high_watermark = one.high_watermark;
  known.cleaned_to = one.cleaned_to;
  if (one.lost) {
    known.lost_end = std::max({one.recovery_point.value_or(offset{0}), known.log_start,
                               one.high_watermark.value_or(offset{0})});
  }
  if (one.closed != nullptr) {
    known.clean = std::move(*one.closed);
    one.closed.reset();
  } else if (one.clean_place) {
    if (auto state = read_clean_state(clean_content_, *one.clean_place)) {
      known.clean = std::move(*state);
    }
    one.clean_place.reset();
  }
  return known;
}

void data_directory::note_created(std::string_view name) {
  const std::lock_guard lock(mutex_);
  entry& one = entries_[std::string(name)];
  one.exists = true;
  one.lost = false;
  if (!one.recovery_point) {
    // Then the checkpoint tells that there is such a log.
    one.recovery_point = offset{0};
    kinds_[recovery_points].dirty = true;
  }
}

result<deletion_job> data_directory::remove_log(std::string_view name, const uuid& unique) {
  const std::string doomed = retired_name(name, unique, delete_suffix);
  auto renamed = disk_.rename(path_of(name), path_of(doomed));
  if (!renamed && !io::is_missing(renamed.error())) {
    return renamed.error();
  }
  forget(name);
  deletion_job job(disk_);
  // A log that gets the same name must not be measured by the recovery point of this one.
  job.run_first([this] { return write_checkpoints(); });
  if (renamed) {
    job.add_directory(path_of(doomed));
  } else {
    TIDEMILL_TRY(write_checkpoints());  // a job without files is not run
  }
  return job;
}

void data_directory::forget(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return;
  }
  for (checkpoint_kind& one : kinds_) {
    one.dirty = one.dirty || (found->second.*one.field).has_value();
  }
  entries_.erase(found);
}

std::vector<std::string> data_directory::leftover_names() {
  const std::lock_guard lock(mutex_);
  return leftovers_;
}

deletion_job data_directory::leftovers() {
  const std::lock_guard lock(mutex_);
  deletion_job job(disk_);
  for (const std::string& name : leftovers_) {
    job.add_directory(path_of(name));
  }
  leftovers_.clear();
  return job;
}

result<std::string> data_directory::set_aside(std::string_view name, const uuid& unique) {
  std::string aside = retired_name(name, unique, stray_suffix);
  // Checkpoints first: once the directory has gone they would tell of a log that is lost.
  forget(name);
  auto renamed = write_checkpoints();
  renamed = renamed ? disk_.rename(path_of(name), path_of(aside)) : renamed;
  if (!renamed) {
    note_created(name);
    return renamed.error();
  }
  return aside;
}

void data_directory::set_recovery_point(std::string_view name, offset at) {
  set(name, recovery_points, at);
}

void data_directory::set_log_start(std::string_view name, offset at) {
  set(name, log_starts, at);
}

void data_directory::set_high_watermark(std::string_view name, offset at) {
  set(name, high_watermarks, at);
}

void data_directory::set_cleaned_to(std::string_view name, offset at) {
  set(name, cleaned_points, at);
}

void data_directory::set(std::string_view name, kind which, offset at) {
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    found = entries_.emplace(std::string(name), entry()).first;
  }
  checkpoint_kind& of = kinds_[which];
  std::optional<offset>& value = found->second.*of.field;
  if (value != at) {
    value = at;
    of.dirty = true;
  }
}

result<void> data_directory::write_checkpoints() {
  const std::lock_guard writing(writing_);
  for (const kind which : {recovery_points, log_starts, high_watermarks, cleaned_points}) {
    TIDEMILL_TRY(write_checkpoint_of(which));
  }
  if (ballast_ != nullptr && !is_closing_) {
    static_cast<void>(ballast_->fill());  // the next time, then
  }
  return {};
}

void data_directory::keep_ballast(std::uint64_t size_bytes) {
  ballast_ = std::make_unique<ballast>(disk_, file_path(ballast_name), size_bytes, is_short_);
  static_cast<void>(ballast_->fill());
}

bool data_directory::release_ballast() noexcept {
  return ballast_ != nullptr && ballast_->release();
}

void data_directory::make_room_to_close() noexcept {
  is_closing_ = true;
  const auto space = disk_.space(path_);
  if (space && space->available_bytes < closing_space_bytes) {
    static_cast<void>(release_ballast());
  }
}

result<void> data_directory::write_checkpoint_of(kind which) {
  checkpoint_kind& of = kinds_[which];
  offset_checkpoint content;
  {
    const std::lock_guard lock(mutex_);
    if (!of.dirty) {
      return {};
    }
    of.dirty = false;
    for (const auto& [name, one] : entries_) {
      if (const auto& value = one.*of.field; value && is_log_name(name)) {
        content.emplace_hint(content.end(), name, *value);
      }
    }
  }
  auto written = write_checkpoint(disk_, file_path(of.file_name), content);
  if (!written && io::is_out_of_space(written.error()) && release_ballast()) {
    written = write_checkpoint(disk_, file_path(of.file_name), content);
  }
  if (!written) {
    const std::lock_guard lock(mutex_);
    of.dirty = true;
  }
  return written;
}

void data_directory::put_clean(std::string_view name, log_state state) {
  const std::lock_guard lock(mutex_);
  entry& one = entries_[std::string(name)];
  one.exists = one.exists || !state.segments.empty();
  for (const kind which : {recovery_points, log_starts}) {
    const offset at = which == recovery_points ? state.log_end : state.log_start;
    std::optional<offset>& value = one.*kinds_[which].field;
    kinds_[which].dirty = kinds_[which].dirty || value != at;
    value = at;
  }
  one.closed = std::make_unique<log_state>(std::move(state));
}

result<void> data_directory::close_clean(std::int64_t broker_epoch) {
  TIDEMILL_TRY(write_checkpoints());
  const std::lock_guard writing(writing_);
  const byte_buffer content = clean_content();
  TIDEMILL_TRY(io::replace_file(disk_, file_path(clean_state_name), content));
  const std::string marker = "{\"version\":0,\"brokerEpoch\":" + std::to_string(broker_epoch) + "}";
  return io::replace_file(disk_, file_path(clean_marker_name), as_bytes(marker));
}

byte_buffer data_directory::clean_content() {
  const std::lock_guard lock(mutex_);
  byte_buffer content = begin_clean_state();
  for (const auto& [name, one] : entries_) {
    if (one.closed != nullptr) {
      add_clean_state(content, name, *one.closed);
    } else if (one.clean_place) {
      if (const auto state = read_clean_state(clean_content_, *one.clean_place)) {
        add_clean_state(content, name, *state);
      }
    }
  }
  seal_clean_state(content);
  return content;
}

}  // namespace tidemill::log
