#include "log/open_logs.hpp"

#include "base/assert.hpp"
#include "log/log.hpp"

namespace tidemill::log {

void open_logs::touch(hook& used) noexcept {
  if (newest_ == &used) {
    return;
  }
  if (used.linked) {
    unlink(used);
  }
  push_newest(used);
  if (size_ > logs_max_ && oldest_ != &used) {
    hook& idle = *oldest_;
    idle.owner->release_files();
    forget(idle);
  }
}

void open_logs::forget(hook& gone) noexcept {
  if (gone.linked) {
    unlink(gone);
  }
}

bool open_logs::release_others(const hook& kept) noexcept {
  bool released = false;
  for (hook* one = oldest_; one != nullptr;) {
    hook* const next = one->newer;
    if (one != &kept) {
      one->owner->release_files();
      forget(*one);
      released = true;
    }
    one = next;
  }
  return released;
}

void open_logs::unlink(hook& one) noexcept {
  TIDEMILL_ASSERT(one.linked);
  (one.newer != nullptr ? one.newer->older : newest_) = one.older;
  (one.older != nullptr ? one.older->newer : oldest_) = one.newer;
  one.newer = nullptr;
  one.older = nullptr;
  one.linked = false;
  --size_;
}

void open_logs::push_newest(hook& one) noexcept {
  one.older = newest_;
  one.newer = nullptr;
  if (newest_ != nullptr) {
    newest_->newer = &one;
  }
  newest_ = &one;
  if (oldest_ == nullptr) {
    oldest_ = &one;
  }
  one.linked = true;
  ++size_;
}

}  // namespace tidemill::log
