#include "server/broker_process.hpp"

namespace tidemill::server {

// The stop, on loop 0 -----------------------------------------------------------------------------

void broker_process::stop(std::string_view why) {
  if (std::exchange(is_stopping_, true)) {
    return;
  }
  is_ready_ = false;
  log_.info("stopping", {{"because", why}});
  stop_progress_ = std::make_unique<stop_progress>(shards_.front()->loop(), log_);
  stop_progress_->waits_for("requests in work, connections");
  doors_->stop();
  on_each_shard(
      shards_,
      [grace = values_.broker.stop_timeout](shard& of, finished done) {
        of.connections->stop(grace, std::move(done));
      },
      [this] { stop_controller(); });
}

/// Before the partitions: what is being committed may still assign and remove some.
void broker_process::stop_controller() {
  if (!controller_started_) {
    return stop_partitions();
  }
  stop_progress_->waits_for("changes of metadata in work");
  controller_->stop([this] { stop_partitions(); });
}

void broker_process::stop_partitions() {
  stop_progress_->waits_for("logs being flushed and closed");
  on_each_shard(
      shards_, [](shard& of, finished done) { of.stop_partitions(std::move(done)); },
      [this] { stop_extensions(); });
}

void broker_process::close_directory() {
  stop_progress_->waits_for("the data directory");
  pool_->submit([this] {
    const auto closed = close_directory_here();
    shards_.front()->loop().post([this, closed] { end(closed); });
  });
}

/// Blocks.
result<void> broker_process::close_directory_here() {
  if (!has_metadata() && !directory_->was_used()) {
    return {};  // stopped before there was a cluster: the next start begins it
  }
  return directory_->close_clean(epoch_.value());
}

void broker_process::end(const result<void>& closed) {
  if (!closed) {
    has_failed_ = true;
    log_.error("not_stopped_cleanly", {{"error", closed.error().message()}});
  } else {
    log_.info("stopped", {{"clean", true}});
  }
  leave_if_plugins_hang();
  stop_progress_.reset();
  admin_.reset();
  shards_.front()->thread.end_run();
}

}  // namespace tidemill::server
