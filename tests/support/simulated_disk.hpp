#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "io/clock.hpp"
#include "io/disk.hpp"

namespace tidemill::test {

/// Reproducible randomness: xorshift, seeded.
class seeded_random {
 public:
  explicit seeded_random(std::uint64_t seed) noexcept
      : state_(seed * 0x9e3779b97f4a7c15ULL + 0x2545f4914f6cdd1dULL) {
    static_cast<void>(next());
  }
  std::uint64_t next() noexcept {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_;
  }
  /// In [0, bound).
  std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
  bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }

 private:
  std::uint64_t state_;
};

/// A clock that stands still until it is moved.
class simulated_clock final : public io::clock {
 public:
  [[nodiscard]] io::monotonic_time now() const noexcept override { return now_; }
  [[nodiscard]] io::wall_time wall_now() const noexcept override { return wall_; }
  void advance(std::chrono::milliseconds by) noexcept {
    now_ += by;
    wall_ += by;
  }
  void set_wall(io::wall_time to) noexcept { wall_ = to; }

 private:
  io::monotonic_time now_{std::chrono::hours(1)};
  io::wall_time wall_{std::chrono::milliseconds(1'700'000'000'000)};
};

/// A disk in memory behind a write-back cache. What is written is seen at once, but survives a
/// crash for sure only after sync(); until then each sector of 512 bytes is kept or lost by chance,
/// and so is what lies between the synced and the written size. Creations, renames and removals
/// survive for sure only after sync_directory(); until then, of each directory, a random prefix of
/// them does. A failed sync() loses what it should have written for good, as Linux does. The same
/// seed gives the same crash; trace_hash() tells whether two runs did the same. Any thread.
class simulated_disk final : public io::disk {
 public:
  static constexpr std::size_t sector_size = 512;

  explicit simulated_disk(std::uint64_t seed = 1);
  ~simulated_disk() override;

  // io::disk
  [[nodiscard]] result<std::unique_ptr<io::file>> open(const std::string& path,
                                                       io::open_mode mode) override;
  [[nodiscard]] bool exists(const std::string& path) override;
  [[nodiscard]] result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] result<void> remove(const std::string& path) override;
  [[nodiscard]] result<void> remove_directory(const std::string& path) override;
  [[nodiscard]] result<void> create_directories(const std::string& path) override;
  [[nodiscard]] result<std::vector<io::directory_entry>> list(const std::string& path) override;
  [[nodiscard]] result<void> sync_directory(const std::string& path) override;
  [[nodiscard]] result<void> sync_file_system(const std::string& path) override;
  [[nodiscard]] result<io::disk_space> space(const std::string& path) override;
  [[nodiscard]] result<std::unique_ptr<io::directory_lock>> lock(const std::string& path) override;

  // Faults
  /// Power fails during the n-th change from now on (1 is the next); what comes after fails with
  /// EIO until crash().
  void power_off_after(std::uint64_t changes);
  [[nodiscard]] bool is_off() const;
  /// The machine comes up again with what survived. Open files and locks are void.
  void crash();
  /// Bytes of all files together; beyond it writes fail with ENOSPC after a part was written.
  void set_capacity(std::uint64_t bytes);
  enum class operation { write, sync, truncate, read, rename, open, remove };
  /// The n-th such operation from now on (1 is the next) fails with `error_number`, once.
  void fail(operation what, std::uint64_t nth, int error_number);
  /// Forgets the failures that were planned and did not come about.
  void forget_failures();

  // Looking at and damaging files, without faults and without trace
  [[nodiscard]] std::optional<byte_buffer> content(const std::string& path) const;
  void set_content(const std::string& path, bytes_view bytes);
  void flip_bit(const std::string& path, std::uint64_t position, unsigned bit);
  [[nodiscard]] std::vector<std::string> paths() const;
  /// Everything as it is counts as synced.
  void settle();

  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] std::uint64_t syncs() const;
  [[nodiscard]] std::uint64_t reads() const;
  [[nodiscard]] std::uint64_t trace_hash() const;
  [[nodiscard]] std::size_t open_file_count() const;

 private:
  friend class simulated_file;
  struct inode;
  struct node {
    std::shared_ptr<inode> file;  // nullptr for a directory
  };
  struct pending_operation {
    enum class kind { create, remove, rename } what;
    std::string directory;
    std::string path;
    std::string to;
    node made;
  };
  struct planned_fault {
    operation what;
    std::uint64_t left;
    int error_number;
  };
  using tree = std::map<std::string, node>;

  [[nodiscard]] std::optional<error_code> begin_change(std::string_view what,
                                                       const std::string& path);
  [[nodiscard]] std::optional<error_code> planned(operation what);
  void note(std::string_view what, const std::string& path, std::uint64_t a, std::uint64_t b);
  void note_bytes(bytes_view bytes);
  void add(pending_operation done);
  static void apply(tree& to, const pending_operation& one);
  static void move_tree(tree& in, const std::string& from, const std::string& to);
  [[nodiscard]] std::uint64_t used() const;
  void crash_file(inode& of);

  mutable std::recursive_mutex mutex_;
  seeded_random random_;
  tree current_;
  tree durable_;
  std::vector<pending_operation> pending_;
  std::set<std::string> locks_;
  std::vector<planned_fault> faults_;
  std::uint64_t capacity_;
  std::uint64_t generation_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t power_off_at_;
  bool off_ = false;
  std::uint64_t trace_ = 0xcbf29ce484222325ULL;
  std::size_t open_files_ = 0;
};

}  // namespace tidemill::test
