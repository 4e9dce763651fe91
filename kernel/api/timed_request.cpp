#include "api/timed_request.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::api {

void timed_request::start(const std::shared_ptr<timed_request>& self,
                          std::chrono::milliseconds timeout,
                          unique_function<void(request_context&)> at_deadline) {
  auto& loop = *self->request_.dispatch->here().loop;
  self->timer_ = loop.schedule(std::max(timeout, std::chrono::milliseconds{0}),
                               [self, at_deadline = std::move(at_deadline)]() mutable {
                                 self->timer_ = io::event_loop::no_timer;
                                 if (!std::exchange(self->finished_, true)) {
                                   at_deadline(self->request_);
                                 }
                               });
}

request_context* timed_request::finish() noexcept {
  if (std::exchange(finished_, true)) {
    return nullptr;
  }
  request_.dispatch->here().loop->cancel(std::exchange(timer_, io::event_loop::no_timer));
  return &request_;
}

}  // namespace tidemill::api
