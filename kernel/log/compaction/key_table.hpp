#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace tidemill::log {

/// Drawn at random for each compaction, so that nobody can send keys that collide.
using key_table_seed = std::array<std::uint64_t, 2>;

/// 128 bits that stand for a key: SipHash-2-4, keyed.
struct key_fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const key_fingerprint&, const key_fingerprint&) = default;
};
[[nodiscard]] key_fingerprint fingerprint(bytes_view key, const key_table_seed& seed) noexcept;

/// The last offset of each key, in bounded memory: keys are kept as fingerprints, 24 bytes an
/// entry. One thread at a time.
class key_table {
 public:
  /// Never takes more than `memory_bytes_max`, also not while it grows.
  key_table(std::uint64_t memory_bytes_max, const key_table_seed& seed);

  /// Notes that the key stands at `at`, which is not below any offset noted before. False when the
  /// table is full and does not know the key.
  [[nodiscard]] bool put(bytes_view key, offset at);
  [[nodiscard]] std::optional<offset> find(bytes_view key) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t size_max() const noexcept { return entries_max(slots_max_); }
  /// Gives the memory back.
  void clear() noexcept;

 private:
  struct slot {
    key_fingerprint key;
    /// Offset + 1; 0 in a free slot.
    std::int64_t next_offset = 0;
  };

  [[nodiscard]] static std::size_t entries_max(std::size_t slots) noexcept;
  [[nodiscard]] std::size_t place_of(const key_fingerprint& key) const noexcept;
  [[nodiscard]] bool grow();

  key_table_seed seed_;
  std::size_t slots_max_;
  std::size_t size_ = 0;
  std::vector<slot> slots_;
};

}  // namespace tidemill::log
