#include "partition/opening.hpp"

#include <algorithm>
#include <utility>

#include "log/damage.hpp"
#include "log/partition_metadata.hpp"
#include "partition/errc.hpp"

namespace tidemill::partition {

namespace {

/// A power cut may tear the file of a log that was never flushed: then it says nothing, and as
/// nothing of the log was ever promised to be there, the log is taken for what its name says.
bool is_torn(const error_code& error, const log::known_log& known) {
  return error == log::errc::partition_metadata_malformed && !known.clean &&
         known.recovery_point.value_or(offset{0}) == offset{0};
}

result<void> check_topic(const opening_order& order) {
  const std::string& directory = order.where.directory;
  const auto found = log::read_partition_metadata(order.context.disk, directory);
  if (!found && !is_torn(found.error(), order.known)) {
    return found.error();
  }
  if (found && *found) {
    return **found == order.topic ? result<void>{}
                                  : make_error_code(errc::topic_id_mismatch);  // R18
  }
  const auto written = log::write_partition_metadata(order.context.disk, directory, order.topic);
  // What is there can be read all the same, and another opening tries again.
  return written || io::is_out_of_space(written.error()) ? result<void>{} : written;
}

result<void> sync_all(log::log& opened) {
  while (true) {
    TIDEMILL_TRY_ASSIGN(job, opened.begin_flush(false, log::flush_segments_max));
    if (job.empty()) {
      return {};
    }
    const result<void> outcome = job.run();
    job.finish(outcome);
    TIDEMILL_TRY(outcome);
  }
}

/// How often the next damage may be found behind the one before.
constexpr int accepted_max = 1000;

log::open_request request_of(const opening_order& order) {
  log::open_request request;
  request.directory = order.where.directory;
  request.options = order.options;
  request.exists = order.known.exists;
  request.clean = order.known.clean;
  request.log_start = order.known.log_start;
  request.recovery_point = order.known.recovery_point;
  request.topic = order.topic;
  request.was_compacted = order.known.cleaned_to.has_value();
  request.in_service = false;  // the list of open logs is the shard's
  return request;
}

/// What is known to be damaged before anything is opened.
result<void> look_for_damage(const opening_order& order, log::recovery_report& report) {
  report = {};
  if (order.known.lost_end) {
    report.damage = {std::nullopt, 0, "no directory",
                     "records up to offset " + std::to_string(order.known.lost_end->value())};
    return make_error_code(log::errc::corrupt);
  }
  if (!order.known.exists) {
    return {};
  }
  TIDEMILL_TRY_ASSIGN(damage, log::noted_damage(order.context.disk, order.where.directory));
  if (!damage && order.known.clean) {
    TIDEMILL_TRY_ASSIGN(
        found, log::check_clean(order.context.disk, order.where.directory, *order.known.clean));
    damage = std::move(found);
  }
  if (damage) {
    report.damage = std::move(*damage);
    return make_error_code(log::errc::corrupt);
  }
  return {};
}

result<std::unique_ptr<open_state>> try_open(const opening_order& order,
                                             log::recovery_report& report) {
  TIDEMILL_TRY(look_for_damage(order, report));
  log::open_request request = request_of(order);
  auto state = std::make_unique<open_state>(order.where);
  request.observer = &state->derived;
  if (request.exists) {
    TIDEMILL_TRY(check_topic(order));
  }
  if (request.exists && request.clean) {
    TIDEMILL_TRY_ASSIGN(loaded, state->derived.load(*request.clean));
    if (loaded == derived_state::loaded::incomplete) {
      request.log_start = request.clean->log_start;
      request.recovery_point = request.clean->log_end;
      request.clean.reset();
    }
  }
  state->exists = request.exists;
  state->high_watermark_known = order.known.high_watermark;
  state->cleaned_to = order.known.cleaned_to;
  TIDEMILL_TRY_ASSIGN(opened, log::log::open(order.context, std::move(request), report));
  state->log = std::move(opened);
  return state;
}

/// Gives up what is damaged. The checkpoints say so before anything else does.
result<void> accept_loss(opening_order& order, const log::log_damage& damage) {
  log::known_log& known = order.known;
  const offset end = known.clean
                         ? known.clean->log_end
                         : std::max(known.recovery_point.value_or(offset{0}), known.log_start);
  TIDEMILL_TRY_ASSIGN(start, log::give_up(order.context.disk, order.where.directory, damage));
  known.clean.reset();
  known.log_start = start.value_or(end);
  known.recovery_point = end;
  order.directory.set_log_start(order.name, known.log_start);
  order.directory.set_recovery_point(order.name, end);
  return order.directory.write_checkpoints();
}

}  // namespace

result<std::unique_ptr<open_state>> open_log(opening_order order, log::recovery_report& report) {
  auto state = try_open(order, report);
  std::string accepted;
  for (int turn = 0;
       turn < accepted_max && !state && state.error() == log::errc::corrupt && order.known.exists &&
       log::is_loss_accepted(order.context.disk, order.where.directory);
       ++turn) {
    accepted = log::describe_place(report.damage, order.where.directory);
    TIDEMILL_TRY(accept_loss(order, report.damage));
    state = try_open(order, report);
  }
  if (!state) {
    return state.error();
  }
  if (!accepted.empty()) {
    TIDEMILL_TRY(log::end_acceptance(order.context.disk, order.where.directory));
    (*state)->accepted = std::move(accepted);
  }
  if ((*state)->exists && order.sync) {
    TIDEMILL_TRY(sync_all(*(*state)->log));
  }
  return state;
}

}  // namespace tidemill::partition
