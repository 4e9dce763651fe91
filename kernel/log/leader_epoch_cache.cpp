#include "log/leader_epoch_cache.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace tidemill::log {

namespace {

/// Takes the text up to the next '\n' (or its end); false when there is none left.
bool take_line(std::string_view& text, std::string_view& line) noexcept {
  if (text.empty()) {
    return false;
  }
  const std::size_t end = std::min(text.find('\n'), text.size());
  line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

template <class T>
std::optional<T> parse(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

std::optional<leader_epoch_start> parse_entry(std::string_view line) noexcept {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) {
    return std::nullopt;
  }
  const auto epoch = parse<std::int32_t>(line.substr(0, space));
  const auto start = parse<std::int64_t>(line.substr(space + 1));
  if (!epoch || !start) {
    return std::nullopt;
  }
  return leader_epoch_start{leader_epoch{*epoch}, offset{*start}};
}

}  // namespace

bool leader_epoch_cache::assign(leader_epoch epoch, offset start) {
  if (!entries_.empty() && entries_.back().epoch == epoch &&
      entries_.back().start_offset <= start) {
    return false;
  }
  while (!entries_.empty() &&
         (entries_.back().epoch >= epoch || entries_.back().start_offset >= start)) {
    entries_.pop_back();
  }
  entries_.push_back({epoch, start});
  return true;
}

std::optional<leader_epoch> leader_epoch_cache::latest() const noexcept {
  if (entries_.empty()) {
    return std::nullopt;
  }
  return entries_.back().epoch;
}

std::optional<leader_epoch> leader_epoch_cache::epoch_of(offset position) const noexcept {
  const auto after = std::upper_bound(
      entries_.begin(), entries_.end(), position,
      [](offset each, const leader_epoch_start& entry) { return each < entry.start_offset; });
  if (after == entries_.begin()) {
    return std::nullopt;
  }
  return std::prev(after)->epoch;
}

std::optional<leader_epoch_end> leader_epoch_cache::end_offset_for(leader_epoch requested,
                                                                   offset log_end) const noexcept {
  if (entries_.empty() || requested > entries_.back().epoch) {
    return std::nullopt;
  }
  if (requested == entries_.back().epoch) {
    return leader_epoch_end{requested, log_end};
  }
  const auto above = std::upper_bound(
      entries_.begin(), entries_.end(), requested,
      [](leader_epoch each, const leader_epoch_start& entry) { return each < entry.epoch; });
  const leader_epoch known = above == entries_.begin() ? requested : std::prev(above)->epoch;
  return leader_epoch_end{known, above->start_offset};
}

bool leader_epoch_cache::truncate_from_end(offset end) {
  bool changed = false;
  while (!entries_.empty() && entries_.back().start_offset >= end) {
    entries_.pop_back();
    changed = true;
  }
  return changed;
}

bool leader_epoch_cache::truncate_from_start(offset start) {
  const auto after = std::upper_bound(
      entries_.begin(), entries_.end(), start,
      [](offset each, const leader_epoch_start& entry) { return each < entry.start_offset; });
  if (after == entries_.begin()) {
    return false;
  }
  const auto containing = std::prev(after);
  const bool changed = containing != entries_.begin() || containing->start_offset != start;
  containing->start_offset = start;
  entries_.erase(entries_.begin(), containing);
  return changed;
}

bool leader_epoch_cache::clear() noexcept {
  const bool changed = !entries_.empty();
  entries_.clear();
  return changed;
}

std::string leader_epoch_cache::to_text() const {
  std::string text = "0\n" + std::to_string(entries_.size()) + "\n";
  for (const leader_epoch_start& entry : entries_) {
    text += std::to_string(entry.epoch.value());
    text += ' ';
    text += std::to_string(entry.start_offset.value());
    text += '\n';
  }
  return text;
}

std::optional<leader_epoch_cache> leader_epoch_cache::from_text(std::string_view text) {
  std::string_view line;
  if (!take_line(text, line) || line != "0" || !take_line(text, line)) {
    return std::nullopt;
  }
  const auto count = parse<std::int64_t>(line);
  if (!count) {
    return std::nullopt;
  }
  leader_epoch_cache cache;
  for (std::int64_t i = 0; i < *count; ++i) {
    const auto entry = take_line(text, line) ? parse_entry(line) : std::nullopt;
    if (!entry) {
      return std::nullopt;
    }
    if (!cache.entries_.empty() && (entry->epoch <= cache.entries_.back().epoch ||
                                    entry->start_offset <= cache.entries_.back().start_offset)) {
      return std::nullopt;
    }
    cache.entries_.push_back(*entry);
  }
  if (!text.empty()) {
    return std::nullopt;
  }
  return cache;
}

}  // namespace tidemill::log
