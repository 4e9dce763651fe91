#include "log/clean_state.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "log/errc.hpp"
#include "record/crc32c.hpp"

namespace tidemill::log {
namespace {

constexpr std::string_view magic = "tidemill";
constexpr std::int32_t version = 2;
constexpr std::size_t crc_position = 12;
constexpr std::size_t entries_position = 16;
constexpr std::size_t segment_size_bytes = 7 * sizeof(std::int64_t);

template <class T>
void put(byte_buffer& to, T value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof value);
  store_big_endian(to.data() + at, value);
}

/// Takes numbers off the front; once the bytes do not suffice everything reads as 0 and ok() is
/// false.
class reader {
 public:
  explicit reader(bytes_view bytes) noexcept : rest_(bytes) {}
  template <class T>
  [[nodiscard]] T take() noexcept {
    const bytes_view raw = take_bytes(sizeof(T));
    return ok_ ? load_big_endian<T>(raw.data()) : T{};
  }
  [[nodiscard]] bytes_view take_bytes(std::size_t size) noexcept {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) {
      return {};
    }
    const bytes_view taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

 private:
  bytes_view rest_;
  bool ok_ = true;
};

segment_state take_segment(reader& from) noexcept {
  segment_state one;
  one.base_offset = offset{from.take<std::int64_t>()};
  one.size_bytes = from.take<std::uint64_t>();
  one.max_timestamp_ms = from.take<std::int64_t>();
  one.max_timestamp_offset = offset{from.take<std::int64_t>()};
  one.first_timestamp_ms = from.take<std::int64_t>();
  one.created_ms = from.take<std::int64_t>();
  one.written_ms = from.take<std::int64_t>();
  return one;
}

}  // namespace

byte_buffer begin_clean_state() {
  byte_buffer content(entries_position);
  std::memcpy(content.data(), magic.data(), magic.size());
  store_big_endian(content.data() + magic.size(), version);
  return content;
}

void add_clean_state(byte_buffer& to, std::string_view name, const log_state& state) {
  const std::size_t begin = to.size();
  put(to, std::int32_t{0});
  put(to, static_cast<std::int32_t>(name.size()));
  const bytes_view name_bytes = as_bytes(name);
  to.insert(to.end(), name_bytes.begin(), name_bytes.end());
  put(to, state.log_start.value());
  put(to, state.log_end.value());
  put(to, state.last_epoch ? state.last_epoch->value() : std::int32_t{-1});
  put(to, state.aborted_transactions);
  put(to, static_cast<std::int32_t>(state.segments.size()));
  for (const segment_state& one : state.segments) {
    put(to, one.base_offset.value());
    put(to, one.size_bytes);
    put(to, one.max_timestamp_ms);
    put(to, one.max_timestamp_offset.value());
    put(to, one.first_timestamp_ms);
    put(to, one.created_ms);
    put(to, one.written_ms);
  }
  store_big_endian(to.data() + begin,
                   static_cast<std::int32_t>(to.size() - begin - sizeof(std::int32_t)));
}

void seal_clean_state(byte_buffer& content) noexcept {
  TIDEMILL_ASSERT(content.size() >= entries_position);
  const std::uint32_t crc = record::crc32c(bytes_view(content).subspan(entries_position));
  store_big_endian(content.data() + crc_position, crc);
}

result<clean_state_places> index_clean_state(bytes_view content) {
  if (content.size() < entries_position || as_text(content.first(magic.size())) != magic ||
      load_big_endian<std::int32_t>(content.data() + magic.size()) != version ||
      load_big_endian<std::uint32_t>(content.data() + crc_position) !=
          record::crc32c(content.subspan(entries_position))) {
    return errc::checkpoint_malformed;
  }
  clean_state_places places;
  std::size_t at = entries_position;
  while (at < content.size()) {
    reader entry(content.subspan(at));
    const auto size = entry.take<std::int32_t>();
    const auto name_size = entry.take<std::int32_t>();
    if (!entry.ok() || size < 0 || name_size < 0) {
      return errc::checkpoint_malformed;
    }
    const auto name = as_text(entry.take_bytes(static_cast<std::size_t>(name_size)));
    const std::size_t end = at + sizeof size + static_cast<std::size_t>(size);
    if (!entry.ok() || end > content.size() || !read_clean_state(content, at)) {
      return errc::checkpoint_malformed;
    }
    places.emplace(name, at);
    at = end;
  }
  return places;
}

result<log_state> read_clean_state(bytes_view content, std::size_t place) {
  reader size_of(content.subspan(place));
  const auto size = size_of.take<std::int32_t>();
  if (size < 0) {
    return errc::checkpoint_malformed;
  }
  reader from(size_of.take_bytes(static_cast<std::size_t>(size)));
  const auto name_size = from.take<std::int32_t>();
  static_cast<void>(from.take_bytes(static_cast<std::size_t>(std::max(name_size, 0))));
  log_state state;
  state.log_start = offset{from.take<std::int64_t>()};
  state.log_end = offset{from.take<std::int64_t>()};
  const auto epoch = from.take<std::int32_t>();
  if (epoch >= 0) {
    state.last_epoch = leader_epoch{epoch};
  }
  state.aborted_transactions = from.take<std::uint64_t>();
  const auto count = from.take<std::int32_t>();
  if (!size_of.ok() || !from.ok() || name_size < 0 || count < 0 ||
      from.left() != static_cast<std::size_t>(count) * segment_size_bytes) {
    return errc::checkpoint_malformed;
  }
  state.segments.reserve(static_cast<std::size_t>(count));
  for (std::int32_t index = 0; index < count; ++index) {
    state.segments.push_back(take_segment(from));
  }
  return state;
}

}  // namespace tidemill::log
