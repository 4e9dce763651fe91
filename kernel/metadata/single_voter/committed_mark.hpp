#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "metadata/quorum.hpp"

namespace tidemill::metadata {

/// How far the metadata log was durable, and what stood there last: kept beside the log, so that a
/// log which has lost its end, at a batch boundary or not, is told from one that never went on.
struct committed_mark {
  committed_position last;
  /// Of the batch that ends there; nothing right after a snapshot, when the log file is empty.
  std::optional<std::uint32_t> crc;

  friend bool operator==(const committed_mark& one, const committed_mark& other) noexcept {
    return one.last.index == other.last.index && one.last.term == other.last.term &&
           one.crc == other.crc;
  }
};

/// The file of the mark: two slots that are written in turn, each in a sector of its own and with a
/// checksum, so that a torn write leaves the other. It is written over in place after every batch
/// was synced, and not synced itself: after a crash of the process it is exact, after one of the
/// machine it may be an older one, never a later one. It takes no space once it is there. Blocks.
class committed_mark_file {
 public:
  committed_mark_file(io::disk& disk, std::string path);

  enum class state { missing, unreadable, whole };
  struct content {
    state found = state::missing;
    committed_mark mark;
  };
  [[nodiscard]] result<content> read();

  /// Notes the mark; makes the file when it is missing or was unreadable. A failure leaves the
  /// older mark, which is still true.
  void write(const committed_mark& mark) noexcept;
  /// Makes the last mark durable.
  [[nodiscard]] result<void> sync();

 private:
  [[nodiscard]] result<void> try_write(const committed_mark& mark);

  io::disk& disk_;
  std::string path_;
  std::unique_ptr<io::file> file_;
  std::uint64_t turn_ = 0;
};

}  // namespace tidemill::metadata
