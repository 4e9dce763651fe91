#include "io/asio/signals.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "io/asio/asio_event_loop.hpp"

namespace tidemill::io::asio {

struct signals::state {
  state(boost::asio::io_context& context, unique_function<void(int)> callback)
      : set(context, SIGTERM, SIGINT, SIGHUP), arrived(std::move(callback)) {}

  static void wait(const std::shared_ptr<state>& self) {
    self->set.async_wait([self](const boost::system::error_code& failure, int number) {
      if (!failure && !self->ended) {
        self->arrived(number);
        wait(self);
      }
    });
  }

  boost::asio::signal_set set;
  unique_function<void(int)> arrived;
  bool ended = false;
};

signals::signals(event_loop& loop, unique_function<void(int)> arrived)
    : state_(std::make_shared<state>(static_cast<asio_event_loop&>(loop).context(),
                                     std::move(arrived))) {
  state::wait(state_);
}

signals::~signals() {
  state_->ended = true;
  boost::system::error_code ignored;
  state_->set.cancel(ignored);
}

}  // namespace tidemill::io::asio
