#include "server/stop_progress.hpp"

namespace tidemill::server {

stop_progress::stop_progress(io::event_loop& loop, logger& log)
    : loop_(loop), log_(log), began_(loop.clock().now()) {
  tell_later();
}

stop_progress::~stop_progress() {
  loop_.cancel(timer_);
}

void stop_progress::tell_later() {
  timer_ = loop_.schedule(interval, [this] {
    const auto since =
        std::chrono::duration_cast<std::chrono::seconds>(loop_.clock().now() - began_);
    log_.info("still_stopping",
              {{"waits_for", step_}, {"seconds", static_cast<std::int64_t>(since.count())}});
    tell_later();
  });
}

}  // namespace tidemill::server
