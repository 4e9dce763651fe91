#include "measure.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tidemill::conformance {
namespace {

std::uint64_t in_another_process(std::size_t displaced_bytes,
                                 const std::function<std::uint64_t()>& answer) {
  int ends[2];
  expect(pipe(ends) == 0, std::string("pipe: ") + std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    // What depends on addresses is to find others.
    mmap(nullptr, displaced_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::uint64_t digest = 0;
    try {
      digest = answer();
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(write(ends[1], &digest, sizeof digest) == sizeof digest ? 0 : 1);
  }
  close(ends[1]);
  std::uint64_t digest = 0;
  const bool has_answered = read(ends[0], &digest, sizeof digest) == sizeof digest;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  expect(has_answered, "it fails in a second process");
  return digest;
}

}  // namespace

void expect_same_in_other_processes(const std::function<std::uint64_t()>& answer) {
  constexpr std::size_t displacement = std::size_t{3} << 20U;
  const std::uint64_t first = in_another_process(displacement, answer);
  const std::uint64_t second = in_another_process(5 * displacement, answer);
  expect(first == second,
         "says TIDEMILL_DETERMINISTIC, but decides differently in two processes: does it depend on "
         "time, addresses, process ids or chance?");
}

}  // namespace tidemill::conformance
