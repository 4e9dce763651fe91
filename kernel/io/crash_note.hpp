#pragma once

#include <cstddef>

namespace tidemill::io {

/// What this thread runs that is not the broker's own code. Texts are NUL-terminated and live until
/// the process ends.
struct foreign_call {
  const char* plugin = nullptr;
  const char* version = nullptr;
  const char* instance = nullptr;
  const char* function = nullptr;
};

/// While it lives, a crash of this thread names the call in the last line of the log. Cheap enough
/// for every call: four words are written. Scopes nest.
class crash_note {
 public:
  explicit crash_note(const foreign_call& call) noexcept : before_(current()) { current() = call; }
  ~crash_note() { current() = before_; }
  crash_note(const crash_note&) = delete;
  crash_note& operator=(const crash_note&) = delete;

  /// Of this thread.
  [[nodiscard]] static foreign_call& current() noexcept;

 private:
  foreign_call before_;
};

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT write one line to standard error where
/// they strike inside a crash_note, and then do what they did before. Once in a process, before
/// threads are started; `as_json`: in the form of the log's JSON lines.
void install_crash_notes(bool as_json);

/// Gives the calling thread a stack of its own for the handler, so that a stack that has run over
/// can be told as well. Lasts as long as the thread.
void use_crash_stack();

/// Writes the line into `into` and returns its size; async-signal-safe. What install_crash_notes()
/// writes, to be tested apart.
[[nodiscard]] std::size_t describe_crash(const foreign_call& call, int signal, bool as_json,
                                         char* into, std::size_t capacity) noexcept;

}  // namespace tidemill::io
