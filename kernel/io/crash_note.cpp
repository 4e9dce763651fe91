#include "io/crash_note.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <memory>

namespace tidemill::io {
namespace {

// Trivial, and in the program itself: a handler may read it.
constinit thread_local foreign_call current_call;

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

void arrived(int signal, siginfo_t*, void*) {
  const foreign_call call = current_call;
  if (call.plugin != nullptr) {
    std::array<char, line_size_max> line;
    const std::size_t size =
        describe_crash(call, signal, lines_are_json != 0, line.data(), line.size());
    static_cast<void>(!::write(STDERR_FILENO, line.data(), size));
  }
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (watched[i] == signal) {
      ::sigaction(signal, &previous[i], nullptr);
    }
  }
  // A fault strikes again when the handler returns; what was only sent has to be sent again.
  ::raise(signal);
}

}  // namespace

foreign_call& crash_note::current() noexcept {
  return current_call;
}

std::size_t describe_crash(const foreign_call& call, int signal, bool as_json, char* into,
                           std::size_t capacity) noexcept {
  struct part {
    const char* name;
    const char* value;
  };
  const std::array<part, 5> parts{{{"plugin", call.plugin},
                                   {"version", call.version},
                                   {"instance", call.instance},
                                   {"call", call.function},
                                   {"signal", name_of(signal)}}};
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
}

void use_crash_stack() {
  // Taken back from the kernel before it is freed.
  struct stack {
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(stack_size_bytes);
    stack() {
      ::stack_t given{};
      given.ss_sp = bytes.get();
      given.ss_size = stack_size_bytes;
      ::sigaltstack(&given, nullptr);
    }
    ~stack() {
      ::stack_t none{};
      none.ss_flags = SS_DISABLE;
      ::sigaltstack(&none, nullptr);
    }
    stack(const stack&) = delete;
    stack& operator=(const stack&) = delete;
  };
  thread_local const stack here;
  static_cast<void>(here);
}

}  // namespace tidemill::io
