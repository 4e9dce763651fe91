#include "server/plugin_watch.hpp"

#include <algorithm>
#include <csignal>
#include <future>
#include <utility>

#include "io/process_end.hpp"

namespace tidemill::server {

plugin_watch::plugin_watch(const options& with, extension::extensions& extensions,
                           io::asio::thread_pool& blocking, logger& log, last_words close_the_rest)
    : with_(with),
      extensions_(extensions),
      blocking_(blocking),
      log_(log),
      close_the_rest_(std::move(close_the_rest)) {
  signals_ = std::make_unique<io::asio::signals>(thread_.loop(), [this](int number) {
    if (number != SIGHUP && !stopping_since_) {
      stopping_since_ = thread_.loop().clock().now();
    }
  });
  thread_.loop().post([this] { tick(); });
}

plugin_watch::~plugin_watch() {
  stop();
}

void plugin_watch::start() {
  std::promise<void> is_looking;
  thread_.loop().post([&is_looking] { is_looking.set_value(); });
  thread_.start();
  is_looking.get_future().wait();
}

void plugin_watch::stop() {
  thread_.stop();
  signals_.reset();
}

void plugin_watch::tick() {
  extension::extensions::hang_findings found = extensions_.look_for_hanging_calls();
  for (const extension::hanging_call& one : found.begun) {
    if (one.owner == &blocking_ && replacements_ < replacements_max) {
      ++replacements_;
      blocking_.add_thread();
    }
  }
  hanging_ = std::move(found.hanging);
  const bool is_due =
      stopping_since_ && thread_.loop().clock().now() - *stopping_since_ >= with_.stop_time_max;
  if (is_due && !hanging_.empty() && !is_leaving_) {
    leave();
  }
  const auto interval =
      std::min<std::chrono::nanoseconds>(with_.hang_after / 4, std::chrono::seconds(1));
  static_cast<void>(thread_.loop().schedule(interval, [this] { tick(); }));
}

void plugin_watch::leave() {
  is_leaving_ = true;
  for (const extension::hanging_call& one : hanging_) {
    tell_left_behind(one, log_);
  }
  static_cast<void>(thread_.loop().schedule(last_words_time_max, [this] { end(false); }));
  close_the_rest_(
      [this](bool is_clean) { thread_.loop().post([this, is_clean] { end(is_clean); }); });
}

void plugin_watch::end(bool is_clean) {
  if (is_clean) {
    log_.info("stopped", {{"clean", true}});
  } else {
    log_.error("not_stopped_cleanly",
               {{"error", "a plugin hangs in a call that partitions wait for"}});
  }
  io::leave_process(is_clean ? 0 : 1);
}

void tell_left_behind(const extension::hanging_call& one, logger& log) {
  log.error("plugin_left_behind", {{"plugin", escaped_text{one.plugin}},
                                   {"version", escaped_text{one.version}},
                                   {"instance", escaped_text{one.instance}},
                                   {"call", one.function}});
}

}  // namespace tidemill::server
