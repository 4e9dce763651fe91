#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "io/clock.hpp"

namespace tidemill::server {

enum class log_level : std::uint8_t { debug, info, warn, error };
enum class log_format : std::uint8_t { text, json };

/// Text that a room has already made printable, with its own escapes; shown as it is.
struct escaped_text {
  std::string_view text;
};

/// One key and its value in a log line. Text is borrowed, escaped and cut (S16).
struct log_field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, std::uint64_t, bool, escaped_text> value;
};

/// Takes whole lines without their end; any thread.
class log_output {
 public:
  virtual ~log_output() = default;
  virtual void write(std::string_view line) = 0;
};

/// Standard error, one write for each line, time in UTC first. Any thread.
[[nodiscard]] std::unique_ptr<log_output> make_standard_error_output(log_format format);

struct logger_options {
  log_format format = log_format::text;
  log_level level = log_level::info;
  /// Lines of one event in each interval; beyond that they are counted, and the first line of a
  /// later interval says how many were left out.
  std::uint32_t lines_per_interval_max = 100;
  std::chrono::nanoseconds interval = std::chrono::seconds(10);
};

/// The log of the process: one line for each event, `level event key=value ...` or a JSON object.
/// An event is a fixed snake_case literal, never text from outside. Any thread; takes no lock of
/// its own.
class logger {
 public:
  /// Borrows the clock and the output.
  logger(const logger_options& options, const io::clock& clock, log_output& output);

  void write(log_level level, std::string_view event, std::initializer_list<log_field> fields);

  void debug(std::string_view event, std::initializer_list<log_field> fields) {
    write(log_level::debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<log_field> fields) {
    write(log_level::info, event, fields);
  }
  void warn(std::string_view event, std::initializer_list<log_field> fields) {
    write(log_level::warn, event, fields);
  }
  void error(std::string_view event, std::initializer_list<log_field> fields) {
    write(log_level::error, event, fields);
  }

  void set_level(log_level level) noexcept { level_.store(level, std::memory_order_relaxed); }
  [[nodiscard]] bool is_on(log_level level) const noexcept {
    return level >= level_.load(std::memory_order_relaxed);
  }

 private:
  /// How many lines of the events that share a slot were written in the current interval. Races
  /// between threads let a line more or less through; nothing else depends on it.
  struct rate {
    std::atomic<std::int64_t> interval_number{-1};
    std::atomic<std::uint32_t> lines{0};
    std::atomic<std::uint32_t> left_out{0};
  };

  /// False when the line is to be left out; else how many were left out before it.
  [[nodiscard]] bool admit(std::string_view event, std::uint32_t& left_out) noexcept;

  logger_options options_;
  const io::clock& clock_;
  log_output& output_;
  std::atomic<log_level> level_;
  std::array<rate, 256> rates_;
};

/// "debug", "info", "warn", "error"; the names in the configuration.
[[nodiscard]] std::string_view to_string(log_level level) noexcept;
/// Of a name that the configuration accepted.
[[nodiscard]] log_level parse_log_level(std::string_view name) noexcept;

}  // namespace tidemill::server
