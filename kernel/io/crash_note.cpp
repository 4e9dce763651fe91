#include "io/crash_note.hpp"

#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "io/foreign_code.hpp"

namespace tidemill::io {
namespace {

// The handler is looking for who is to blame, and may come upon a broken stack.
constinit thread_local bool is_searching = false;

constexpr std::array<int, 5> watched{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t line_size_max = 1024;
constexpr std::size_t stack_size_bytes = 64 * 1024;

// Set once before threads are started, then only read by the handler, which can be given nothing.
std::array<struct ::sigaction, watched.size()> previous{};
volatile std::sig_atomic_t lines_are_json = 0;

const char* name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGABRT:
      return "SIGABRT";
    default:
      return "a signal";
  }
}

/// Appends text, without anything that would break the line.
class line_writer {
 public:
  line_writer(char* into, std::size_t capacity) noexcept : into_(into), capacity_(capacity) {}

  void add(const char* text) noexcept {
    for (; text != nullptr && *text != '\0'; ++text) {
      put(*text);
    }
  }
  void add_shown(const char* text) noexcept {
    for (; text != nullptr && *text != '\0'; ++text) {
      const bool is_plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';
      put(is_plain ? *text : '?');
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void put(char letter) noexcept {
    if (size_ < capacity_) {
      into_[size_++] = letter;
    }
  }

  char* into_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

/// Threads that may be looked at, for calls_in_progress().
struct listed_thread {
  const call_slot* slot;
  std::uint64_t number;
  const void* owner;
};
struct thread_list {
  std::mutex mutex;
  std::vector<listed_thread> threads;
  std::uint64_t last_number = 0;
};
/// Never destroyed: threads may end after it would be.
thread_list& listed() {
  static auto* const list = new thread_list;
  return *list;
}

void write_line(const foreign_call& call, const char* what) noexcept {
  std::array<char, line_size_max> line;
  const std::size_t size =
      describe_crash(call, what, lines_are_json != 0, line.data(), line.size());
  static_cast<void>(!::write(STDERR_FILENO, line.data(), size));
}

std::uintptr_t instruction_of(const void* context) noexcept {
  const auto& machine = static_cast<const ::ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine.pc);
#else
  static_cast<void>(machine);
  return 0;
#endif
}

/// Whose code it was: the call that the thread is in, or else the instruction that it was at, or
/// else the innermost caller.
foreign_call culprit(const void* context) noexcept {
  foreign_call found = crash_note::current();
  if (found.plugin == nullptr && context != nullptr) {
    found = foreign_code_at(instruction_of(context));
  }
  if (found.plugin == nullptr && !is_searching) {
    is_searching = true;
    found = foreign_caller();
    is_searching = false;
  }
  return found;
}

void arrived(int signal, siginfo_t*, void* context) {
  // Struck in its own search: there is nobody to name, and nothing more is tried.
  const foreign_call call = is_searching ? foreign_call() : culprit(context);
  if (call.plugin != nullptr) {
    write_line(call, name_of(signal));
  }
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (watched[i] == signal) {
      ::sigaction(signal, &previous[i], nullptr);
    }
  }
  // A fault strikes again when the handler returns; what was only sent has to be sent again.
  ::raise(signal);
}

/// Runs in exit(). Destructors would run among threads that go on, so a plugin's exit ends here.
void exiting() {
  if (const foreign_call call = culprit(nullptr); call.plugin != nullptr) {
    write_line(call, "exit()");
    ::_exit(EXIT_FAILURE);
  }
}

}  // namespace

const std::string& lasting_text(std::string text) {
  struct kept {
    std::mutex mutex;
    std::set<std::string> texts;
  };
  static auto* const all = new kept;  // never destroyed: handlers may read it
  const std::lock_guard lock(all->mutex);
  return *all->texts.insert(std::move(text)).first;
}

std::vector<call_in_progress> calls_in_progress() {
  std::vector<call_in_progress> found;
  thread_list& list = listed();
  const std::lock_guard lock(list.mutex);
  for (const listed_thread& one : list.threads) {
    const std::uint64_t turn = one.slot->turn.load(std::memory_order_relaxed);
    const foreign_call call = one.slot->read();
    if (call.plugin != nullptr) {
      found.push_back({call, one.number, turn, one.owner});
    }
  }
  return found;
}

std::size_t describe_crash(const foreign_call& call, const char* what, bool as_json, char* into,
                           std::size_t capacity) noexcept {
  struct part {
    const char* name;
    const char* value;
  };
  const std::array<part, 5> parts{{{"plugin", call.plugin},
                                   {"version", call.version},
                                   {"instance", call.instance},
                                   {"call", call.function},
                                   {"signal", what}}};
  line_writer line(into, capacity - 1);  // room for the end of the line, whatever fits before it
  line.add(as_json ? R"({"level":"error","event":"crashed_in_plugin")" : "error crashed_in_plugin");
  for (const part& one : parts) {
    line.add(as_json ? ",\"" : " ");
    line.add(one.name);
    line.add(as_json ? "\":\"" : "=\"");
    line.add_shown(one.value);
    line.add("\"");
  }
  line.add(as_json ? "}" : "");
  into[line.size()] = '\n';
  return line.size() + 1;
}

void install_crash_notes(bool as_json) {
  lines_are_json = as_json ? 1 : 0;
  struct ::sigaction wanted{};
  wanted.sa_sigaction = arrived;
  wanted.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&wanted.sa_mask);
  for (std::size_t i = 0; i < watched.size(); ++i) {
    ::sigaction(watched[i], &wanted, &previous[i]);
  }
  // What the unwinder loads it loads here, not in a handler.
  static_cast<void>(foreign_caller());
  note_exits();
}

void note_exits() {
  // The last to be registered runs first: before what plugins that are there now have registered.
  static_cast<void>(std::atexit(exiting));
}

void use_crash_stack(const void* owner) {
  // Taken back from the kernel before it is freed.
  struct stack {
    const call_slot* slot;
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(stack_size_bytes);
    stack(const call_slot& of, const void* whose) : slot(&of) {
      {
        thread_list& list = listed();
        const std::lock_guard lock(list.mutex);
        list.threads.push_back({slot, ++list.last_number, whose});
      }
      ::stack_t given{};
      given.ss_sp = bytes.get();
      given.ss_size = stack_size_bytes;
      ::sigaltstack(&given, nullptr);
    }
    ~stack() {
      {
        thread_list& list = listed();
        const std::lock_guard lock(list.mutex);
        std::erase_if(list.threads, [&](const listed_thread& one) { return one.slot == slot; });
      }
      ::stack_t none{};
      none.ss_flags = SS_DISABLE;
      ::sigaltstack(&none, nullptr);
    }
    stack(const stack&) = delete;
    stack& operator=(const stack&) = delete;
  };
  thread_local const stack here(crash_note::slot(), owner);
  static_cast<void>(here);
}

}  // namespace tidemill::io
