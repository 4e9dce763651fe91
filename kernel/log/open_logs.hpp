#pragma once

#include <cstddef>

namespace tidemill::log {

class log;

/// The logs of one shard that hold descriptors, by last use, so that their number stays bounded:
/// the one that was idle longest is told to release its files. Shard thread only.
class open_logs {
 public:
  /// Part of each log: its place in the list. Neither copied nor moved.
  struct hook {
    log* owner = nullptr;
    hook* newer = nullptr;
    hook* older = nullptr;
    bool linked = false;
  };

  /// At most this many logs keep descriptors (a log keeps one to three of its active segment and
  /// as many of each of sealed_open_max others).
  explicit open_logs(std::size_t logs_max) noexcept : logs_max_(logs_max) {}
  open_logs(const open_logs&) = delete;
  open_logs& operator=(const open_logs&) = delete;
  ~open_logs() = default;

  /// The log was used; makes room if it is one too many.
  void touch(hook& used) noexcept;
  void forget(hook& gone) noexcept;
  /// All but this one give their files back; whether there were any others.
  bool release_others(const hook& kept) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void unlink(hook& one) noexcept;
  void push_newest(hook& one) noexcept;

  std::size_t logs_max_;
  std::size_t size_ = 0;
  hook* newest_ = nullptr;
  hook* oldest_ = nullptr;
};

}  // namespace tidemill::log
