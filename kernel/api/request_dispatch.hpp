#pragma once

#include <memory>

#include "api/services.hpp"
#include "network/request_sink.hpp"

namespace tidemill::metadata {
class image;
}

namespace tidemill::api {

struct dispatch_state;
struct request_context;
struct served_api;

/// Answers the requests of one shard's connections: finds the row of the request's API in a table,
/// refuses what is not served as Kafka does, and calls the handler. One instance for each shard;
/// everything runs on that shard's loop. Destroyed after the last connection of the shard.
class request_dispatch final : public network::request_sink {
 public:
  explicit request_dispatch(const dispatch_dependencies& dependencies);
  ~request_dispatch() override;
  request_dispatch(const request_dispatch&) = delete;
  request_dispatch& operator=(const request_dispatch&) = delete;

  /// The image that the next requests are answered from; never null. Call it on this shard's loop
  /// after partition::host of this shard has been told of the same change, so that no client hears
  /// of a partition that the shard does not know. To be called before the first request.
  void image_changed(std::shared_ptr<const metadata::image> now);

  void handle(network::request work, network::responder answer) override;
  [[nodiscard]] bool may_pipeline(bytes_view frame) const noexcept override;
  void connection_closed(network::connection_info& connection) noexcept override;
  void answer_waiting() override;
  void stop_waiting() override;

 private:
  void handle_timed(const served_api& api, request_context request);

  std::unique_ptr<dispatch_state> state_;
};

}  // namespace tidemill::api
