// Does whatever a plugin must not do, as the file that the environment's UNRULY names says when it
// is asked: a partitioner, or with UNRULY_VOTES a retention that may block.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <tidemill/plugin.hpp>

namespace {

bool is_told(const std::string& what) {
  const char* const path = std::getenv("UNRULY");
  std::ifstream file(path == nullptr ? "" : path);
  std::string told;
  std::getline(file, told);
  return told == what;
}

/// Not a bad pointer: a sanitizer would end the process before the signal.
void crash() {
  static_cast<void>(std::raise(SIGSEGV));
  asm volatile("");  // no tail call: the caller is here
}

/// Until it is told something else.
void hang(const std::string& what) {
  while (is_told(what)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

struct at_start_and_end {
  at_start_and_end() {
    if (is_told("crash in constructor")) {
      crash();
    }
    hang("hang in constructor");
  }
  ~at_start_and_end() {
    if (is_told("crash in destructor")) {
      crash();
    }
  }
} static_object;

}  // namespace

class UNRULY_NAME {
 public:
  static constexpr tidemill::sdk::about about{UNRULY_TEXT, "1.0.0", "Apache-2.0", "Misbehaves."};

  UNRULY_NAME() {
    hang("hang in create");
    if (is_told("crash on a thread")) {
      std::thread(crash).join();
    }
    if (is_told("throw on a thread")) {
      std::thread([] { throw 1; }).join();
    }
    if (is_told("exit on a thread")) {
      std::thread([] { std::exit(0); }).join();
    }
  }
  ~UNRULY_NAME() { hang("hang in destroy"); }

#ifdef UNRULY_VOTES
  static constexpr bool may_block = true;
  void vote(const tidemill_log&, std::span<std::uint8_t>) const { hang("hang in vote"); }
#else
  std::int32_t choose(const tidemill::sdk::record&, std::int32_t) const {
    if (is_told("exit in choose")) {
      std::exit(0);
    }
    if (is_told("abort in choose")) {
      std::abort();
    }
    hang("hang in choose");
    return 1;
  }
#endif
};
TIDEMILL_PLUGIN(UNRULY_NAME)
