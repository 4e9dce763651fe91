#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// An index file of fixed-size, rising entries, the latest of which may still be in memory. Entries
/// on disk are read where they lie; nothing is loaded, so an index of any size costs no memory. A
/// hint: whoever uses an entry checks it against the segment. One thread at a time.
///
/// Entry: trivially copyable; static constexpr size_bytes; void store(std::byte*) const; static
/// Entry load(const std::byte*).
template <class Entry>
class index_file {
 public:
  /// So many entries wait in memory before spill_due().
  static constexpr std::size_t pending_entries_wanted = 512;
  /// What comes on top is dropped: the index is then sparser, not wrong.
  static constexpr std::size_t pending_entries_max = 8192;

  /// Looks what stands on disk; a missing file is an empty index, a cut entry at the end is not
  /// counted. Does nothing when already open.
  [[nodiscard]] result<void> open(io::disk& disk, const std::string& path) {
    if (opened_) {
      return {};
    }
    auto file = disk.open(path, io::open_mode::read_write);
    if (!file) {
      if (io::is_missing(file.error())) {
        opened_ = true;
        return {};
      }
      return file.error();
    }
    TIDEMILL_TRY_ASSIGN(size, (*file)->size());
    file_ = std::move(*file);
    stored_ = static_cast<std::uint32_t>(size / Entry::size_bytes);
    opened_ = true;
    return {};
  }

  [[nodiscard]] bool is_open() const noexcept { return opened_; }
  [[nodiscard]] bool has_file() const noexcept { return file_ != nullptr; }
  [[nodiscard]] std::uint32_t count() const noexcept {
    return stored_ + static_cast<std::uint32_t>(pending_.size());
  }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept {
    return std::uint64_t{count()} * Entry::size_bytes;
  }

  [[nodiscard]] result<Entry> at(std::uint32_t which) const {
    TIDEMILL_ASSERT(which < count());
    if (which >= stored_) {
      return pending_[which - stored_];
    }
    std::array<std::byte, Entry::size_bytes> raw;
    TIDEMILL_TRY(read(which, raw));
    return Entry::load(raw.data());
  }

  [[nodiscard]] result<std::optional<Entry>> last() const {
    if (count() == 0) {
      return std::optional<Entry>();
    }
    TIDEMILL_TRY_ASSIGN(entry, at(count() - 1));
    return std::optional<Entry>(entry);
  }

  /// The last entry for which `holds` is true, where it is true for a prefix of all.
  template <class Predicate>
  [[nodiscard]] result<std::optional<Entry>> last_where(Predicate holds) const {
    TIDEMILL_TRY_ASSIGN(end, count_where(holds));
    if (end == 0) {
      return std::optional<Entry>();
    }
    TIDEMILL_TRY_ASSIGN(entry, at(end - 1));
    return std::optional<Entry>(entry);
  }

  /// Length of the prefix for which `holds` is true.
  template <class Predicate>
  [[nodiscard]] result<std::uint32_t> count_where(Predicate holds) const {
    if (!pending_.empty() && holds(pending_.front())) {
      const auto end = std::partition_point(pending_.begin(), pending_.end(), holds);
      return stored_ + static_cast<std::uint32_t>(end - pending_.begin());
    }
    return count_stored_where(holds);
  }

  void push(const Entry& entry) {
    if (pending_.size() < pending_entries_max) {
      pending_.push_back(entry);
    }
  }

  [[nodiscard]] bool spill_due() const noexcept {
    return pending_.size() >= pending_entries_wanted;
  }
  [[nodiscard]] bool has_pending() const noexcept { return !pending_.empty(); }

  /// Writes what waits, to the page cache; makes the file when missing. On an error all of it stays
  /// in memory.
  [[nodiscard]] result<void> spill(io::disk& disk, const std::string& path) {
    TIDEMILL_TRY(open(disk, path));
    if (file_ == nullptr) {
      TIDEMILL_TRY_ASSIGN(made, disk.open(path, io::open_mode::create));
      file_ = std::move(made);
    }
    if (pending_.empty()) {
      return {};
    }
    byte_buffer raw(pending_.size() * Entry::size_bytes);
    std::byte* to = raw.data();
    for (const Entry& entry : pending_) {
      entry.store(to);
      to += Entry::size_bytes;
    }
    TIDEMILL_TRY(file_->write_at(std::uint64_t{stored_} * Entry::size_bytes, raw));
    stored_ += static_cast<std::uint32_t>(pending_.size());
    pending_.clear();
    return {};
  }

  /// Keeps the first `wanted` entries; the index is open.
  [[nodiscard]] result<void> truncate(std::uint32_t wanted) {
    TIDEMILL_ASSERT(opened_);
    if (wanted >= stored_) {
      pending_.resize(std::min<std::size_t>(pending_.size(), wanted - stored_));
      return {};
    }
    pending_.clear();
    stored_ = wanted;
    return file_->truncate(std::uint64_t{wanted} * Entry::size_bytes);
  }

  [[nodiscard]] result<void> sync() { return file_ == nullptr ? result<void>{} : file_->sync(); }

 private:
  /// Once a search is down to so many entries they are read together.
  static constexpr std::uint32_t block_entries = 256;

  [[nodiscard]] result<void> read(std::uint32_t first, mutable_bytes into) const {
    TIDEMILL_TRY_ASSIGN(got, file_->read_at(std::uint64_t{first} * Entry::size_bytes, into));
    if (got != into.size()) {
      return make_error_code(boost::system::errc::io_error);
    }
    return {};
  }

  template <class Predicate>
  [[nodiscard]] result<std::uint32_t> count_stored_where(Predicate holds) const {
    std::uint32_t begin = 0;
    std::uint32_t end = stored_;
    while (end - begin > block_entries) {
      const std::uint32_t middle = begin + (end - begin) / 2;
      TIDEMILL_TRY_ASSIGN(entry, at(middle));
      (holds(entry) ? begin : end) = holds(entry) ? middle + 1 : middle;
    }
    std::array<std::byte, block_entries * Entry::size_bytes> block;
    const auto wanted = mutable_bytes(block).first((end - begin) * Entry::size_bytes);
    TIDEMILL_TRY(wanted.empty() ? result<void>{} : read(begin, wanted));
    const std::byte* at_entry = block.data();
    while (begin < end && holds(Entry::load(at_entry))) {
      ++begin;
      at_entry += Entry::size_bytes;
    }
    return begin;
  }

  std::unique_ptr<io::file> file_;
  std::uint32_t stored_ = 0;
  bool opened_ = false;
  std::vector<Entry> pending_;
};

}  // namespace tidemill::log
