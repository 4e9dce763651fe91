#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidemill::io {

/// What a thread runs that is not the broker's own code. Texts are NUL-terminated and live until
/// the process ends.
struct foreign_call {
  const char* plugin = nullptr;
  const char* version = nullptr;
  const char* instance = nullptr;
  const char* function = nullptr;
};

/// The call that a thread is in, as that thread writes it and others read it.
struct call_slot {
  std::atomic<const char*> plugin{nullptr};
  std::atomic<const char*> version{nullptr};
  std::atomic<const char*> instance{nullptr};
  std::atomic<const char*> function{nullptr};
  /// Moves on with each call that begins or ends.
  std::atomic<std::uint64_t> turn{0};

  [[nodiscard]] foreign_call read() const noexcept {
    constexpr auto relaxed = std::memory_order_relaxed;
    return {plugin.load(relaxed), version.load(relaxed), instance.load(relaxed),
            function.load(relaxed)};
  }
  void write(const foreign_call& call) noexcept {
    constexpr auto relaxed = std::memory_order_relaxed;
    turn.store(turn.load(relaxed) + 1, relaxed);
    plugin.store(call.plugin, relaxed);
    version.store(call.version, relaxed);
    instance.store(call.instance, relaxed);
    function.store(call.function, relaxed);
  }
};

/// While it lives, a crash of this thread names the call in the last line of the log, and
/// calls_in_progress() shows it. Cheap enough for every call: five words are written. Scopes nest.
class crash_note {
 public:
  explicit crash_note(const foreign_call& call) noexcept : before_(slot().read()) {
    slot().write(call);
  }
  ~crash_note() { slot().write(before_); }
  crash_note(const crash_note&) = delete;
  crash_note& operator=(const crash_note&) = delete;

  /// Of this thread.
  [[nodiscard]] static foreign_call current() noexcept { return slot().read(); }

 private:
  friend void use_crash_stack(const void* owner);
  [[nodiscard]] static call_slot& slot() noexcept { return of_this_thread; }

  // Trivial, and in the program itself: a handler may read it.
  static inline constinit thread_local call_slot of_this_thread{};
  foreign_call before_;
};

/// Keeps a text until the process ends, once for all who ask. Any thread.
[[nodiscard]] const std::string& lasting_text(std::string text);

/// A thread that is inside of a foreign call.
struct call_in_progress {
  foreign_call call;
  /// Counts threads; never used again.
  std::uint64_t thread = 0;
  /// The same as before: the thread has neither left the call nor made another one in it.
  std::uint64_t turn = 0;
  /// As it was given to use_crash_stack().
  const void* owner = nullptr;
};

/// Of all threads that have called use_crash_stack(). Any thread.
[[nodiscard]] std::vector<call_in_progress> calls_in_progress();

/// Tells the crash handler that the shared library which holds `symbol` is foreign: what crashes,
/// aborts or exits in its code on a thread that is in no call, a thread of its own for example, is
/// told with its name. Texts as in foreign_call; those of the first 1,024 libraries are kept. Any
/// thread, one at a time.
void note_foreign_code(const void* symbol, const char* plugin, const char* version);

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT write one line to standard error where
/// they strike inside a crash_note or in foreign code, and then do what they did before; exit()
/// from there writes one, and ends the process at once with status 1. Once in a process, before
/// threads are started; `as_json`: in the form of the log's JSON lines.
void install_crash_notes(bool as_json);

/// Has exit() looked at before what plugins that are mapped by now have registered to run in it.
/// install_crash_notes() has been called. Any thread.
void note_exits();

/// Gives the calling thread a stack of its own for the handler, so that a stack that has run over
/// can be told as well, and lists it for calls_in_progress(). Lasts as long as the thread.
void use_crash_stack(const void* owner = nullptr);

/// Writes the line into `into` and returns its size; async-signal-safe. What install_crash_notes()
/// writes, to be tested apart. `what`: "SIGSEGV".
[[nodiscard]] std::size_t describe_crash(const foreign_call& call, const char* what, bool as_json,
                                         char* into, std::size_t capacity) noexcept;

}  // namespace tidemill::io
