#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/unique_function.hpp"
#include "io/event_loop.hpp"
#include "tidemill/host.h"

namespace tidemill::extension {

/// Calls of plugins that have answered TIDEMILL_PENDING, or may still. Any thread.
class completions {
 public:
  /// Runs on the thread that completes: copies what it needs, and gives back what the shard that
  /// asked has to do. `result` and `error` may be nullptr.
  using receiver = unique_function<io::task(tidemill_status status, const void* result,
                                            const tidemill_error* error)>;

  /// Opens a token for a call that is about to be made from `home`, whose loop outlives the call.
  /// `owner` is who alone may complete it.
  [[nodiscard]] tidemill_token expect(const void* owner, io::event_loop& home, receiver receive);
  /// The call did not pend, has timed out, or nobody wants the answer any more. False when it was
  /// completed before: what the receiver gave is then on its way to the shard.
  bool cancel(tidemill_token token);
  /// tidemill_host_completion.complete(). A token that is not in flight, or is another's: ignored;
  /// so is TIDEMILL_PENDING.
  void complete(const void* owner, tidemill_token token, tidemill_status status, const void* result,
                const tidemill_error* error);

  [[nodiscard]] std::size_t in_flight() const;

 private:
  struct call {
    const void* owner;
    io::event_loop* home;
    receiver receive;
  };

  mutable std::mutex mutex_;
  tidemill_token next_ = 1;
  std::unordered_map<tidemill_token, call> calls_;
};

}  // namespace tidemill::extension
