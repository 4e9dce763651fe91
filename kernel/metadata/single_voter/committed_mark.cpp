#include "metadata/single_voter/committed_mark.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/big_endian.hpp"
#include "record/crc32c.hpp"

namespace tidemill::metadata {
namespace {

//  0  8 bytes  "tidemark"
//  8  uint64   counts the writes; the higher slot is the newer
// 16  int64    index
// 24  int64    term
// 32  int64    checksum of the batch, -1 for none
// 40  uint32   CRC-32C of what stands before
constexpr std::string_view magic = "tidemark";
constexpr std::size_t turn_position = 8;
constexpr std::size_t index_position = 16;
constexpr std::size_t term_position = 24;
constexpr std::size_t batch_position = 32;
constexpr std::size_t crc_position = 40;
constexpr std::size_t slot_used_bytes = 44;
/// A sector of its own for each.
constexpr std::size_t slot_size_bytes = 512;
constexpr std::uint64_t slot_count = 2;
constexpr std::size_t file_size_bytes = slot_size_bytes * slot_count;

using slot_bytes = std::array<std::byte, slot_used_bytes>;

struct slot {
  std::uint64_t turn = 0;
  committed_mark mark;
};

slot_bytes encode(const slot& from) {
  slot_bytes bytes{};
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store_big_endian(bytes.data() + turn_position, from.turn);
  store_big_endian(bytes.data() + index_position, from.mark.last.index.value());
  store_big_endian(bytes.data() + term_position, from.mark.last.term.value());
  store_big_endian(bytes.data() + batch_position,
                   from.mark.crc ? static_cast<std::int64_t>(*from.mark.crc) : std::int64_t{-1});
  store_big_endian(bytes.data() + crc_position,
                   record::crc32c(bytes_view(bytes).first(crc_position)));
  return bytes;
}

std::optional<slot> decode(bytes_view bytes) {
  if (as_text(bytes.first(magic.size())) != magic ||
      load_big_endian<std::uint32_t>(bytes.data() + crc_position) !=
          record::crc32c(bytes.first(crc_position))) {
    return std::nullopt;
  }
  slot found;
  found.turn = load_big_endian<std::uint64_t>(bytes.data() + turn_position);
  found.mark.last = {log_index{load_big_endian<std::int64_t>(bytes.data() + index_position)},
                     term{load_big_endian<std::int64_t>(bytes.data() + term_position)}};
  const auto crc = load_big_endian<std::int64_t>(bytes.data() + batch_position);
  if (crc >= 0) {
    found.mark.crc = static_cast<std::uint32_t>(crc);
  }
  return found;
}

}  // namespace

committed_mark_file::committed_mark_file(io::disk& disk, std::string path)
    : disk_(disk), path_(std::move(path)) {}

result<committed_mark_file::content> committed_mark_file::read() {
  content read;
  auto file = disk_.open(path_, io::open_mode::read_write);
  if (!file) {
    if (io::is_missing(file.error())) {
      return read;
    }
    return file.error();
  }
  std::array<std::byte, file_size_bytes> bytes{};
  TIDEMILL_TRY((*file)->read_at(0, bytes));
  std::optional<slot> newest;
  for (std::size_t at = 0; at < file_size_bytes; at += slot_size_bytes) {
    const auto found = decode(bytes_view(bytes).subspan(at, slot_used_bytes));
    if (found && (!newest || found->turn > newest->turn)) {
      newest = found;
    }
  }
  if (!newest) {
    read.found = state::unreadable;
    return read;
  }
  file_ = std::move(*file);
  turn_ = newest->turn;
  read.found = state::whole;
  read.mark = newest->mark;
  return read;
}

void committed_mark_file::write(const committed_mark& mark) noexcept {
  static_cast<void>(try_write(mark));
}

result<void> committed_mark_file::try_write(const committed_mark& mark) {
  const slot next{turn_ + 1, mark};
  const slot_bytes bytes = encode(next);
  const std::size_t at = static_cast<std::size_t>(next.turn % slot_count) * slot_size_bytes;
  if (file_ == nullptr) {
    std::array<std::byte, file_size_bytes> whole{};
    std::memcpy(whole.data() + at, bytes.data(), bytes.size());
    TIDEMILL_TRY(io::replace_file(disk_, path_, whole));
    TIDEMILL_TRY_ASSIGN(made, disk_.open(path_, io::open_mode::read_write));
    file_ = std::move(made);
  } else {
    TIDEMILL_TRY(file_->write_at(at, bytes));
  }
  turn_ = next.turn;
  return {};
}

result<void> committed_mark_file::sync() {
  return file_ == nullptr ? result<void>{} : file_->sync();
}

}  // namespace tidemill::metadata
