#include "log/program_lines.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace tidemill::cli {
namespace {

struct file_closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// posix_spawnp() with its stdout in a pipe; 0, or the errno.
int spawn(const std::string& path, const std::vector<std::string>& arguments, int to, pid_t& made) {
  std::vector<char*> words{const_cast<char*>(path.c_str())};
  for (const std::string& one : arguments) {
    words.push_back(const_cast<char*>(one.c_str()));
  }
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
  const int failed = ::posix_spawnp(&made, path.c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

}  // namespace

std::string program_beside(const std::string& name) {
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const auto beside = self.parent_path() / name;
  return !unknown && std::filesystem::exists(beside, unknown) ? beside.string() : name;
}

outcome<int> run_program(const std::string& path, const std::vector<std::string>& arguments,
                         const std::function<void(const std::string&)>& see) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return problem{std::string("no pipe: ") + std::strerror(errno), ""};
  }
  const std::unique_ptr<std::FILE, file_closer> lines(::fdopen(ends[0], "r"));
  pid_t made = -1;
  const int failed = spawn(path, arguments, ends[1], made);
  ::close(ends[1]);
  if (failed != 0) {
    return problem{path + " cannot be run: " + std::strerror(failed),
                   "it is built and installed with the broker; put it beside tidectl, or in PATH"};
  }
  char* line = nullptr;
  std::size_t room = 0;
  for (ssize_t size = 0; (size = ::getline(&line, &room, lines.get())) > 0;) {
    see(std::string(line, static_cast<std::size_t>(size - (line[size - 1] == '\n' ? 1 : 0))));
  }
  std::free(line);
  int status = 0;
  ::waitpid(made, &status, 0);
  if (!WIFEXITED(status)) {
    return problem{path + " was ended by signal " + std::to_string(WTERMSIG(status)), ""};
  }
  return WEXITSTATUS(status);
}

}  // namespace tidemill::cli
