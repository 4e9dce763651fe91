#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tidemill::api {

class fetch_operation;

/// The fetches of one shard that wait for data, by connection; a connection has at most one
/// (requests of a connection are not pipelined unless they are Produce). What they hold is bounded:
/// clients choose how long they wait, and for how many partitions. Loop thread only.
class waiting_fetch_list {
 public:
  explicit waiting_fetch_list(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  /// `bytes`: what the fetch holds while it waits.
  void add(std::uint64_t connection, std::weak_ptr<fetch_operation> fetch, std::size_t bytes);
  void remove(std::uint64_t connection) noexcept;

  /// nullptr when none waits.
  [[nodiscard]] std::shared_ptr<fetch_operation> find(std::uint64_t connection) const;
  [[nodiscard]] std::vector<std::shared_ptr<fetch_operation>> all() const;
  /// While more is held than may be: takes the one out that is to be answered with what there is;
  /// else nullptr. It is the newest if that is a large one, or else the oldest.
  [[nodiscard]] std::shared_ptr<fetch_operation> take_excess();
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  /// A large one holds more than this part of what all may hold.
  static constexpr std::size_t large_part = 64;

  struct place {
    std::weak_ptr<fetch_operation> fetch;
    std::size_t bytes = 0;
    std::list<std::uint64_t>::iterator turn;
  };
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::uint64_t, place> by_connection_;
  std::list<std::uint64_t> oldest_first_;
};

}  // namespace tidemill::api
