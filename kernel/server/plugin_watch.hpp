#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "base/unique_function.hpp"
#include "extension/extensions.hpp"
#include "io/asio/loop_thread.hpp"
#include "io/asio/signals.hpp"
#include "io/asio/thread_pool.hpp"
#include "server/logging/logger.hpp"

namespace tidemill::server {

/// A thread beside all others that looks for calls of plugins that hang. It hears signals by
/// itself, for the call may hang on the thread that would: a stop that such a call holds up ends in
/// bounded time, and says which plugin is left behind.
class plugin_watch {
 public:
  struct options {
    std::chrono::nanoseconds hang_after{};
    /// From the signal; of a stop that a hanging call holds up.
    std::chrono::nanoseconds stop_time_max{};
  };
  /// Closes what can still be closed; calls back, on any thread, with whether that was everything.
  /// It may never call back.
  using last_words = unique_function<void(unique_function<void(bool)>)>;

  /// Borrows all of it. `blocking` gets a thread for each of its own that hangs.
  plugin_watch(const options& with, extension::extensions& extensions,
               io::asio::thread_pool& blocking, logger& log, last_words close_the_rest);
  ~plugin_watch();
  plugin_watch(const plugin_watch&) = delete;
  plugin_watch& operator=(const plugin_watch&) = delete;

  /// Returns when the thread looks: before anything is loaded, for a static constructor that hangs
  /// keeps threads from getting as far as that.
  void start();
  /// Joins its thread.
  void stop();

 private:
  /// More threads than these do not come in the place of others.
  static constexpr std::size_t replacements_max = 16;
  /// How long close_the_rest is waited for.
  static constexpr std::chrono::seconds last_words_time_max{5};

  void tick();
  void leave();
  [[noreturn]] void end(bool is_clean);

  options with_;
  extension::extensions& extensions_;
  io::asio::thread_pool& blocking_;
  logger& log_;
  last_words close_the_rest_;
  io::asio::loop_thread thread_{"watch"};
  std::unique_ptr<io::asio::signals> signals_;
  // Of its thread.
  std::vector<extension::hanging_call> hanging_;
  std::size_t replacements_ = 0;
  std::optional<io::monotonic_time> stopping_since_;
  bool is_leaving_ = false;
};

/// One line for each plugin that the process ends without.
void tell_left_behind(const extension::hanging_call& one, logger& log);

}  // namespace tidemill::server
