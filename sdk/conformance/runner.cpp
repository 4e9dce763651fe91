// One process for each test, one line of answer through a pipe.
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>

#include "test.hpp"

namespace tidemill::conformance {
namespace {

using clock = std::chrono::steady_clock;

std::vector<test> tests() {
  std::vector<test> all;
  for (const auto part :
       {file_tests(), life_tests(), partitioner_tests(), transform_tests(), retention_tests(),
        codec_tests(), authenticator_tests(), authorizer_tests()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// Whether a test is about a kind that the plugin, as far as it can be read, does not implement.
bool is_of_another_kind(const test& one, const std::optional<inspection::description>& plugin) {
  const std::string_view name(one.name);
  const std::string kind = "tidemill." + std::string(name.substr(0, name.find('.'))) + "/1";
  if (!plugin || name.starts_with("file.") || name.starts_with("life.")) {
    return false;
  }
  return std::ranges::none_of(plugin->kinds, [&](const auto& has) { return has.id == kind; });
}

test_result judge(const test& one, const context& given) {
  test_result result{one.name, verdict::passed, {}, {}};
  const auto began = clock::now();
  try {
    result.message = one.run(given);
  } catch (const not_applicable& why) {
    result.went = verdict::skipped;
    result.message = why.what();
  } catch (const std::exception& why) {
    result.went = verdict::failed;
    result.message = why.what();
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began);
  return result;
}

/// In the child: the verdict as a digit, then the message.
[[noreturn]] void answer(const test& one, const context& given, int into) {
  // A crash is foreseen; nobody wants its memory on the disk.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const test_result result = judge(one, given);
  std::string line(1, static_cast<char>('0' + static_cast<int>(result.went)));
  line += result.message;
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t written = write(into, line.data() + at, line.size() - at);
    if (written <= 0) {
      break;
    }
    at += static_cast<std::size_t>(written);
  }
  // Neither destructors nor exit handlers of a plugin that may have done harm already.
  _exit(0);
}

/// What the child says before it ends, or nullopt at the deadline.
std::optional<std::string> listen(int from, clock::time_point deadline) {
  std::string said;
  std::array<char, 4096> block;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
    pollfd waiting{from, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready <= 0) {
      return std::nullopt;
    }
    const ssize_t got = read(from, block.data(), block.size());
    if (got <= 0) {
      return said;
    }
    said.append(block.data(), static_cast<std::size_t>(got));
  }
}

test_result run_apart(const test& one, const context& given) {
  test_result result{one.name, verdict::failed, {}, {}};
  const auto began = clock::now();
  int ends[2];
  if (pipe(ends) != 0) {
    result.message = std::string("pipe: ") + std::strerror(errno);
    return result;
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    answer(one, given, ends[1]);
  }
  close(ends[1]);
  const auto said = child < 0 ? std::nullopt : listen(ends[0], began + given.options.deadline);
  close(ends[0]);
  int status = 0;
  if (child > 0) {
    if (!said) {
      kill(child, SIGKILL);
    }
    waitpid(child, &status, 0);
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began);
  if (child < 0) {
    result.message = std::string("fork: ") + std::strerror(errno);
  } else if (!said) {
    result.message = "did not end within " + std::to_string(given.options.deadline.count()) + " s";
  } else if (WIFSIGNALED(status)) {
    result.message = std::string("crashed: ") + strsignal(WTERMSIG(status)) +
                     "; to see where: gdb --args tidectl plugin validate --in-process --filter " +
                     one.name + " " + given.options.path;
  } else if (said->empty()) {
    result.message = "ended the process";
  } else {
    result.went = static_cast<verdict>(said->front() - '0');
    result.message = said->substr(1);
  }
  return result;
}

}  // namespace

std::vector<test_info> all_tests() {
  std::vector<test_info> infos;
  for (const test& one : tests()) {
    infos.push_back({one.name, one.rule});
  }
  return infos;
}

std::vector<test_result> run(const run_options& options,
                             const std::function<void(const test_result&)>& show) {
  const context given{options};
  std::optional<inspection::description> plugin;
  if (auto described = inspection::describe_file(options.path)) {
    plugin = std::move(*described);
  }
  std::vector<test_result> results;
  for (const test& one : tests()) {
    if (std::string_view(one.name).find(options.filter) == std::string_view::npos ||
        is_of_another_kind(one, plugin)) {
      continue;
    }
    results.push_back(options.in_process ? judge(one, given) : run_apart(one, given));
    show(results.back());
  }
  return results;
}

}  // namespace tidemill::conformance
