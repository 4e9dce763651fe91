#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tidemill::testing {

/// The real binary on a free port of 127.0.0.1, its data in a directory of its own. The process is
/// killed when the object goes; the directory is removed. One thread.
class broker_process {
 public:
  /// `settings` are further arguments such as "--set broker.shards=2".
  explicit broker_process(std::vector<std::string> settings = {});
  ~broker_process();
  broker_process(const broker_process&) = delete;
  broker_process& operator=(const broker_process&) = delete;

  /// Starts it and waits until it accepts connections; throws with its output when it does not.
  void start();
  /// Sends the signal and waits for the end; returns the wait status.
  int stop(int signal);
  /// Does nothing but wait for the end.
  int wait();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  /// Everything that it has printed since the first start.
  [[nodiscard]] std::string output() const;
  /// Resident memory now, and processor time used so far.
  [[nodiscard]] std::uint64_t resident_bytes() const;

 private:
  std::vector<std::string> settings_;
  std::string directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace tidemill::testing
