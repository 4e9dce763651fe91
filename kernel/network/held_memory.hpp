#pragma once

#include <cstddef>

#include "network/memory_budget.hpp"

namespace tidemill::network {

/// What connections of one shard hold although nothing happens: the beginnings of small requests,
/// requests that may not go into work yet, answers that their peers do not read. Honest peers let
/// go of it within milliseconds. So when there is too much, whoever has stood still longest has to
/// go, and a peer that comes on is never kept waiting (S3, S6). Pure; one thread.
class held_memory {
 public:
  /// A connection's place among the others; leaves when destroyed. Its books are outlived by
  /// nothing that is linked into them.
  class holder {
   public:
    explicit holder(memory_budget::connection_id who) noexcept
        : who_(who), previous_(this), next_(this) {}
    ~holder() { unlink(); }
    holder(const holder&) = delete;
    holder& operator=(const holder&) = delete;

    [[nodiscard]] memory_budget::connection_id who() const noexcept { return who_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

   private:
    friend class held_memory;
    void unlink() noexcept {
      previous_->next_ = next_;
      next_->previous_ = previous_;
      previous_ = next_ = this;
    }

    memory_budget::connection_id who_;
    std::size_t bytes_ = 0;
    holder* previous_;
    holder* next_;
  };

  explicit held_memory(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}
  held_memory(const held_memory&) = delete;
  held_memory& operator=(const held_memory&) = delete;

  /// `who` holds `bytes` from now on. `has_come_on`: it has finished something since the last call,
  /// and goes behind all others.
  void set(holder& who, std::size_t bytes, bool has_come_on) noexcept {
    bytes_ += bytes - who.bytes_;
    who.bytes_ = bytes;
    if (bytes == 0) {
      who.unlink();
    } else if (has_come_on || who.next_ == &who) {
      who.unlink();
      who.previous_ = all_.previous_;
      who.next_ = &all_;
      all_.previous_->next_ = &who;
      all_.previous_ = &who;
    }
  }

  /// Who has stood still longest while too much is held; nullptr while it is not, and for one that
  /// alone holds it all: a single answer may be larger, and its peer has its time to read it.
  [[nodiscard]] const holder* to_end() const noexcept {
    return bytes_ > bytes_max_ && all_.next_ != all_.previous_ ? all_.next_ : nullptr;
  }
  /// Who has stood still longest; nullptr when nobody holds anything.
  [[nodiscard]] const holder* oldest() const noexcept {
    return all_.next_ == &all_ ? nullptr : all_.next_;
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  holder all_{0};
};

}  // namespace tidemill::network
