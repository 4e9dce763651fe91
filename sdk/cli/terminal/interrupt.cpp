#include "terminal/interrupt.hpp"

#include <csignal>

namespace tidemill::cli {
namespace {

volatile std::sig_atomic_t seen = 0;

void note(int /*number*/) {
  seen = 1;
}

}  // namespace

interrupt::interrupt() {
  seen = 0;
  struct sigaction action{};
  action.sa_handler = note;
  // The second one does what it does to any program.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

interrupt::~interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool interrupt::came() noexcept {
  return seen != 0;
}

}  // namespace tidemill::cli
