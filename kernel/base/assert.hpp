#pragma once

namespace tidemill {

/// Prints the failed condition with its place to standard error and aborts. Any thread.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace tidemill

/// Checks a condition that only a programming error can break; stays on in release builds. Never
/// for what a peer sent or what stands on disk: those are errors to answer.
#define TIDEMILL_ASSERT(condition)                     \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::tidemill::assertion_failed(#condition, __FILE__, __LINE__))
