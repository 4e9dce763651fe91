#include "tests/support/broker_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tidemill::testing {
namespace {

// A port that nobody listens on and that the system gives to no outgoing connection meanwhile, as
// it would one of its own choice: a killed broker has to find its port again.
std::uint16_t free_port() {
  unsigned first_outgoing = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first_outgoing;
  std::random_device random;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    constexpr unsigned lowest = 10'000;
    const unsigned port =
        first_outgoing > lowest + 1000 ? lowest + random() % (first_outgoing - lowest) : 0;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool is_free =
        ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(descriptor);
    if (is_free) {
      return ntohs(address.sin_port);
    }
  }
  throw std::runtime_error("no free port");
}

bool accepts(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return connected;
}

}  // namespace

broker_process::broker_process(std::vector<std::string> settings)
    : settings_(std::move(settings)), port_(free_port()) {
  std::string name = (std::filesystem::temp_directory_path() / "tidemill-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("mkdtemp");
  }
  directory_ = name;
}

broker_process::~broker_process() {
  if (pid_ > 0) {
    stop(SIGKILL);
  }
  // What a sanitizer finds in the broker would otherwise die with the broker.
  const std::string printed = output();
  for (const char* finding : {"Sanitizer", "runtime error:", "assertion failed"}) {
    if (printed.find(finding) != std::string::npos) {
      std::fprintf(stderr, "the broker printed:\n%s\n", printed.c_str());
      std::abort();
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void broker_process::start() {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  std::vector<std::string> words{TIDEMILL_BINARY,
                                 "--set",
                                 "broker.data_directory=" + directory_ + "/data",
                                 "--set",
                                 "listener.0.address=" + address,
                                 "--set",
                                 "listener.0.advertised=" + address,
                                 "--set",
                                 "admin.address="};
  words.insert(words.end(), settings_.begin(), settings_.end());
  pid_ = ::fork();
  if (pid_ == 0) {
    const int log = ::open((directory_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    ::execv(TIDEMILL_BINARY, arguments.data());
    ::_exit(127);
  }
  for (int attempt = 0; attempt < 6000; ++attempt) {
    if (accepts(port_)) {
      return;
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the only sign is that it accepts
  }
  throw std::runtime_error("the broker did not start: " + output());
}

int broker_process::stop(int signal) {
  ::kill(pid_, signal);
  return wait();
}

int broker_process::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

std::string broker_process::output() const {
  std::ifstream file(directory_ + "/log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::uint64_t broker_process::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace tidemill::testing
