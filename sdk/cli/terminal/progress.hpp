#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tidemill::cli {

/// One line on stderr that says how far long work has come: count, rate, and time left where the
/// total is known. Only where stderr is a terminal; wiped at the end. One thread.
class progress {
 public:
  /// `total` < 0: not known. `what` is a plural: "records".
  progress(std::string what, std::int64_t total);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Cheap: looks at the clock, and draws five times a second at most.
  /// `part` is how much of the work that is, 0 to 1, where the total is not known; -1: nobody
  /// knows.
  void at(std::int64_t done, std::uint64_t bytes, double part = -1);

  /// The line itself. Pure.
  struct state {
    std::int64_t done = 0;
    std::int64_t total = -1;
    std::uint64_t bytes = 0;
    double seconds = 0;
    double part = -1;
  };
  [[nodiscard]] static std::string line_of(const std::string& what, const state& now);

 private:
  std::string what_;
  std::int64_t total_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace tidemill::cli
