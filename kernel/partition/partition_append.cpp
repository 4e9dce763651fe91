#include <utility>

#include "base/assert.hpp"
#include "partition/partition.hpp"
#include "partition/partitioner_check.hpp"
#include "partition/shard_context.hpp"
#include "record/validate.hpp"

namespace tidemill::partition {

namespace {

append_failure failed(error_code error) {
  return {error, {}, {}};
}

errc to_errc(log::producer_refusal refusal) noexcept {
  switch (refusal) {
    case log::producer_refusal::out_of_order_sequence:
      return errc::out_of_order_sequence;
    case log::producer_refusal::invalid_producer_epoch:
      return errc::invalid_producer_epoch;
    case log::producer_refusal::invalid_transaction_state:
      return errc::invalid_transaction_state;
    case log::producer_refusal::transaction_coordinator_fenced:
      return errc::transaction_coordinator_fenced;
  }
  return errc::invalid_transaction_state;
}

replication::acknowledgement condition(acknowledge acks) noexcept {
  switch (acks) {
    case acknowledge::when_appended:
      return replication::acknowledgement::none;
    case acknowledge::by_leader:
      return replication::acknowledgement::leader;
    case acknowledge::by_all:
      return replication::acknowledgement::all;
  }
  return replication::acknowledgement::all;
}

}  // namespace

/// A batch that may be stored, or was stored before.
struct partition::accepted_batch {
  record::validated_batch validated;
  record::validation_rules rules;
  std::optional<log::producer_batch> original;
};

void partition::append(mutable_bytes batch, const append_options& options, append_completion done) {
  TIDEMILL_ASSERT(open_ != nullptr);
  auto accepted = examine(batch, options);
  if (!accepted) {
    return done(std::move(accepted).error());
  }
  const auto handle = open_->handle;
  replication::actions out;
  auto stored = store(batch, *accepted, out);
  if (!stored) {
    done(std::move(stored).error());
  } else if (*handle == nullptr) {
    done(failed(make_error_code(errc::removed)));  // by somebody whom the store has woken
  } else {
    answer(*stored, options, std::move(done), out);
  }
  if (*handle != nullptr) {
    perform(out);
  }
}

boost::system::result<partition::accepted_batch, append_failure> partition::examine(
    bytes_view batch, const append_options& options) const {
  const auto admitted =
      open_->leader.admit(options.acks == acknowledge::by_all, options.current_leader_epoch);
  if (!admitted) {
    return failed(admitted.error());
  }
  const topic_policy& policy = *assigned_.policy;
  record::validation_rules rules;
  rules.depth = policy.depth;
  rules.batch_size_bytes_max = policy.batch_size_bytes_max;
  rules.timestamp_type = policy.timestamp_type;
  rules.now_ms = shard_.wall_now().time_since_epoch().count();
  rules.timestamp_before_max_ms = policy.timestamp_before_max_ms;
  rules.timestamp_after_max_ms = policy.timestamp_after_max_ms;
  rules.key_required = policy.key_required;
  rules.transactional_allowed = options.transactional_allowed;
  rules.zstd_allowed = options.zstd_allowed;
  rules.codecs = &shard_.services.codecs;
  auto verdict = record::validate_produced(batch, rules);
  if (!verdict) {
    record::refusal refusal = std::move(verdict).error();
    return append_failure{make_error_code(refusal.error), std::move(refusal.records), {}};
  }
  const auto known = open_->derived.producers().check(verdict->batch);
  if (known.decision == log::producer_verdict::kind::refused) {
    return failed(make_error_code(to_errc(known.refusal)));
  }
  if (known.decision == log::producer_verdict::kind::duplicate) {
    return accepted_batch{*verdict, rules, known.original};
  }
  if (policy.gate != nullptr || policy.partitioner != nullptr) {
    append_failure rejected;
    ask_gates(verdict->batch, rejected);
    if (rejected.error) {
      return rejected;
    }
  }
  return accepted_batch{*verdict, rules, std::nullopt};
}

void partition::ask_gates(const record::batch_view& batch, append_failure& failure) const {
  const topic_policy& policy = *assigned_.policy;
  const batch_destination destination{key_.topic, key_.partition, assigned_.partition_count};
  if (policy.partitioner != nullptr) {
    policy.partitioner->verify(destination, batch, failure.rejected_records);
  }
  if (policy.gate != nullptr && failure.rejected_records.empty()) {
    policy.gate->judge(destination, batch, failure.rejected_records);
  }
  if (!failure.rejected_records.empty()) {
    failure.error = make_error_code(errc::records_rejected);
  }
}

append_outcome partition::store(mutable_bytes batch, const accepted_batch& accepted,
                                replication::actions& out) {
  append_success success;
  if (accepted.rules.timestamp_type == record::timestamp_type::log_append_time) {
    success.log_append_time_ms =
        accepted.original ? accepted.original->timestamp_ms : accepted.rules.now_ms;
  }
  success.log_start = open_->log->log_start();
  if (accepted.original) {
    success.base_offset = accepted.original->base_offset();
    success.end_offset = next(accepted.original->last_offset);
    success.duplicate = true;
    return success;
  }
  record::prepare_for_append(batch, accepted.validated, accepted.rules);
  if (!open_->exists) {
    shard_.services.directory.note_created(name());
    open_->exists = true;
  }
  open_->derived.begin_epoch(open_->leader.epoch(), open_->log->log_end());
  const auto stored = open_->log->append({&batch, 1}, open_->leader.epoch());
  if (!stored) {
    if (open_->log->write_obstacle()) {
      tell_failure("cannot write its log", stored.error());
    } else if (stored.error() == log::errc::disk_full) {
      tell_failure("refuses records until there is room", stored.error());
    }
    return failed(stored.error());
  }
  open_->write_failure.clear();  // writing has resumed; the next failure is news again
  note_stored(*stored, batch, out);
  success.base_offset = stored->base_offset;
  success.end_offset = stored->end_offset;
  return success;
}

/// The log has the batch: whatever fails here is told, but does not make it undone. Recovery
/// derives again what could not be written.
void partition::note_stored(const log::append_outcome& stored, bytes_view batch,
                            replication::actions& out) {
  open_->bytes_appended += stored.size_bytes;
  list_for_maintenance();
  if (stored.rolled) {
    list_as_rolled();
  }
  const record::batch_view view(batch);
  const auto noted = open_->derived.appended(
      view, view.is_control() ? open_->log->segments().back().base_offset : stored.base_offset);
  if (!noted) {
    tell_failure("cannot write beside its log", noted.error());
  }
  tell_first_unstable(out);
  open_->leader.step(replication::appended{stored.end_offset}, out);
  if (out.high_watermark_moved) {
    tell_first_unstable(out);
  }
  if (open_->leader.sync_before_commit()) {
    start_sync();
  } else if (open_->expires_soon) {
    return;
  } else if (auto range = open_->log->take_write_back()) {
    shard_.services.pool.submit([range = std::move(*range)] {
      range.file->start_write_back(range.position, range.size_bytes);
    });
  }
}

void partition::answer(const append_success& stored, const append_options& options,
                       append_completion done, replication::actions& out) {
  const replication::acknowledgement what = condition(options.acks);
  if (open_->leader.is_acknowledged(what, stored.end_offset)) {
    return done(stored);
  }
  if (open_->log->write_obstacle()) {
    return done(failed(make_error_code(log::errc::poisoned)));  // no sync will come
  }
  const io::monotonic_time deadline = shard_.now() + options.timeout;
  const auto token = open_->pending.add({deadline, stored, std::move(done)});
  open_->leader.step(replication::awaited{token, stored.end_offset, what}, out);
  arm_expiry(deadline);
}

}  // namespace tidemill::partition
