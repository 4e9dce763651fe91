#include "log/damage.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "log/batch_walk.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"
#include "log/segment.hpp"

namespace tidemill::log {
namespace {

constexpr std::uint64_t note_size_bytes_max = 4096;
/// Without an index the last batches are hard to find; then the background scrub has to do.
constexpr std::uint64_t tail_size_bytes_max = std::uint64_t{16} << 20;

std::string path_in(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

/// Takes the number off the front of the text, and the blank behind it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop == text.data() + text.size()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return number;
}

std::optional<log_damage> parse_note(std::string_view text) {
  const auto segment = take_number(text);
  const auto position = segment ? take_number(text) : std::nullopt;
  const auto first_end = text.find('\n');
  if (!position || first_end == std::string_view::npos) {
    return std::nullopt;
  }
  log_damage noted{offset{static_cast<std::int64_t>(*segment)},
                   *position,
                   std::string(text.substr(0, first_end)),
                   {}};
  text.remove_prefix(first_end + 1);
  noted.expected = text.substr(0, text.find('\n'));
  return noted;
}

/// `batch` when a sound one stands there now.
result<walk_step> look_again(io::disk& disk, const std::string& directory,
                             const log_damage& noted) {
  const offset segment = noted.segment.value_or(offset{0});
  auto file =
      disk.open(segment_file_path(directory, segment, log_suffix), io::open_mode::read_only);
  if (!file) {
    if (io::is_missing(file.error())) {
      return walk_step::end;
    }
    return file.error();
  }
  TIDEMILL_TRY_ASSIGN(size, (*file)->size());
  if (size <= noted.position) {
    return walk_step::end;
  }
  batch_scan scan(**file, noted.position, size, {.expected = segment, .gaps_allowed = true});
  return scan.next();
}

result<std::optional<log_damage>> check_file(io::disk& disk, const std::string& directory,
                                             const segment_state& state) {
  const std::string expected = std::to_string(state.size_bytes) + " bytes";
  auto file = disk.open(segment_file_path(directory, state.base_offset, log_suffix),
                        io::open_mode::read_only);
  if (!file) {
    if (io::is_missing(file.error())) {
      return std::optional(log_damage{state.base_offset, 0, "no file", expected});
    }
    return file.error();
  }
  TIDEMILL_TRY_ASSIGN(size, (*file)->size());
  if (size < state.size_bytes) {
    return std::optional(log_damage{state.base_offset, size, "the end of the file", expected});
  }
  return std::optional<log_damage>();
}

/// The batches from the last index entry on.
result<std::optional<log_damage>> check_tail(io::disk& disk, const std::string& directory,
                                             const segment_state& state, offset log_end) {
  segment last(state);
  const segment_place place{disk, directory};
  TIDEMILL_TRY(last.open(place));
  TIDEMILL_TRY_ASSIGN(index, last.offsets(place));
  TIDEMILL_TRY_ASSIGN(entry, index->last_where([&state](const offset_index_entry& one) {
    return one.position < state.size_bytes;
  }));
  const std::uint64_t begin = entry ? entry->position : 0;
  if (state.size_bytes - begin > tail_size_bytes_max) {
    return std::optional<log_damage>();
  }
  batch_scan scan(*last.file(), begin, state.size_bytes,
                  {.expected = state.base_offset, .gaps_allowed = true});
  while (true) {
    TIDEMILL_TRY_ASSIGN(step, scan.next());
    if (step == walk_step::end) {
      break;
    }
  }
  if (scan.flaw() != recovery_report::cut_reason::none) {
    return std::optional(log_damage{state.base_offset, scan.position(),
                                    std::string(to_string(scan.flaw())), "a sound batch"});
  }
  if (state.size_bytes > 0 && scan.expected() != log_end) {
    return std::optional(log_damage{state.base_offset, state.size_bytes,
                                    "the end at offset " + std::to_string(scan.expected().value()),
                                    "the end at offset " + std::to_string(log_end.value())});
  }
  return std::optional<log_damage>();
}

}  // namespace

std::string describe_place(const log_damage& damage, std::string_view directory) {
  const std::string where = damage.segment
                                ? segment_file_path(directory, *damage.segment, log_suffix) +
                                      " at byte " + std::to_string(damage.position)
                                : std::string(directory);
  return where + ": found " + damage.found + ", expected " + damage.expected;
}

std::string describe(const log_damage& damage, std::string_view directory) {
  return describe_place(damage, directory) +
         "; put it back from a copy, or, to go on with what lies behind it, make the file " +
         std::string(directory) + "/" + std::string(accept_loss_name);
}

result<void> write_damage_note(io::disk& disk, const std::string& directory,
                               const log_damage& damage) {
  const std::string text = std::to_string(damage.segment.value_or(offset{0}).value()) + ' ' +
                           std::to_string(damage.position) + ' ' + damage.found + '\n' +
                           damage.expected + '\n';
  return io::replace_file(disk, path_in(directory, damage_note_name), as_bytes(text));
}

result<std::optional<log_damage>> noted_damage(io::disk& disk, const std::string& directory) {
  const std::string path = path_in(directory, damage_note_name);
  auto text = io::read_whole_file(disk, path, note_size_bytes_max);
  if (!text) {
    return io::is_missing(text.error()) ? result<std::optional<log_damage>>(std::nullopt)
                                        : result<std::optional<log_damage>>(text.error());
  }
  auto noted = parse_note(as_text(*text));
  if (noted) {
    TIDEMILL_TRY_ASSIGN(now, look_again(disk, directory, *noted));
    if (now == walk_step::end) {
      return noted;
    }
  }
  TIDEMILL_TRY(disk.remove(path));
  return std::optional<log_damage>();
}

result<std::optional<log_damage>> check_clean(io::disk& disk, const std::string& directory,
                                              const log_state& state) {
  for (const segment_state& one : state.segments) {
    TIDEMILL_TRY_ASSIGN(damage, check_file(disk, directory, one));
    if (damage) {
      return damage;
    }
  }
  if (state.segments.empty()) {
    return std::optional<log_damage>();
  }
  return check_tail(disk, directory, state.segments.back(), state.log_end);
}

bool is_loss_accepted(io::disk& disk, const std::string& directory) {
  return disk.exists(path_in(directory, accept_loss_name));
}

result<std::optional<offset>> give_up(io::disk& disk, const std::string& directory,
                                      const log_damage& damage) {
  TIDEMILL_TRY_ASSIGN(entries, disk.list(directory));
  std::vector<offset> bases;
  for (const io::directory_entry& entry : entries) {
    if (const auto base = parse_segment_file_name(entry.name, log_suffix)) {
      bases.push_back(*base);
    }
  }
  std::ranges::sort(bases);
  const offset last_lost = damage.segment.value_or(offset_limit);
  std::optional<offset> start;
  for (const offset base : bases) {
    if (base > last_lost) {
      start = base;
      break;
    }
    const std::string path = segment_file_path(directory, base, log_suffix);
    TIDEMILL_TRY(disk.rename(path, path + std::string(lost_suffix)));
    for (const auto suffix : {offset_index_suffix, time_index_suffix, transaction_index_suffix}) {
      static_cast<void>(disk.remove(segment_file_path(directory, base, suffix)));
    }
  }
  auto gone = disk.remove(path_in(directory, damage_note_name));
  if (!gone && !io::is_missing(gone.error())) {
    return gone.error();
  }
  TIDEMILL_TRY(disk.sync_directory(directory));
  return start;
}

result<void> end_acceptance(io::disk& disk, const std::string& directory) {
  TIDEMILL_TRY(disk.remove(path_in(directory, accept_loss_name)));
  return disk.sync_directory(directory);
}

}  // namespace tidemill::log
