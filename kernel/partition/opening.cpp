#include "partition/opening.hpp"

#include <utility>

#include "log/partition_metadata.hpp"
#include "partition/errc.hpp"

namespace tidemill::partition {

namespace {

result<void> check_topic(io::disk& disk, const std::string& directory, const topic_id& topic) {
  TIDEMILL_TRY_ASSIGN(found, log::read_partition_metadata(disk, directory));
  if (found && *found != topic) {
    return make_error_code(errc::topic_id_mismatch);  // R18
  }
  return {};
}

result<void> sync_all(log::log& opened) {
  TIDEMILL_TRY_ASSIGN(job, opened.begin_flush(false));
  if (job.empty()) {
    return {};
  }
  const result<void> outcome = job.run();
  job.finish(outcome);
  return outcome;
}

}  // namespace

result<std::unique_ptr<open_state>> open_log(opening_order order, log::recovery_report& report) {
  log::open_request request;
  request.directory = order.where.directory;
  request.options = std::move(order.options);
  request.exists = order.known.exists;
  request.clean = std::move(order.known.clean);
  request.log_start = order.known.log_start;
  request.recovery_point = order.known.recovery_point;
  request.topic = order.topic;
  auto state = std::make_unique<open_state>(std::move(order.where));
  request.observer = &state->derived;
  if (request.exists) {
    TIDEMILL_TRY(check_topic(order.context.disk, request.directory, order.topic));
  }
  if (request.exists && request.clean) {
    TIDEMILL_TRY_ASSIGN(loaded, state->derived.load(request.clean->log_end));
    if (loaded == derived_state::loaded::incomplete) {
      request.log_start = request.clean->log_start;
      request.recovery_point = request.clean->log_end;
      request.clean.reset();
    }
  }
  state->exists = request.exists;
  state->high_watermark_known = order.known.high_watermark;
  TIDEMILL_TRY_ASSIGN(opened, log::log::open(order.context, std::move(request), report));
  state->log = std::move(opened);
  if (state->exists && order.sync) {
    TIDEMILL_TRY(sync_all(*state->log));
  }
  return state;
}

}  // namespace tidemill::partition
