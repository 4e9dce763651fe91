#include <chrono>
#include <iterator>
#include <utility>

#include "base/assert.hpp"
#include "partition/partition.hpp"
#include "partition/partitioner_check.hpp"
#include "partition/shard_context.hpp"
#include "record/validate.hpp"

namespace tidemill::partition {

namespace {

append_failure failed(error_code error) {
  return {error, {}, {}, {}};
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

/// More does not stay in the processor's cache between its arrival and its write.
constexpr std::size_t round_size_bytes_max = 256U << 10U;
constexpr std::size_t group_batches_max = 256;
/// The first batch of a log makes its files, on the shard's thread: between so many of them others
/// have their turn.
constexpr std::size_t logs_made_in_a_row_max = 16;
/// After so long others have their turn, too.
constexpr std::chrono::milliseconds round_time_max{2};

/// The last of the batches that has the producer of `incoming`.
std::optional<record::batch_view> last_of_producer(std::span<const mutable_bytes> batches,
                                                   const record::batch_view& incoming) noexcept {
  const auto id = incoming.producer_id();
  if (!id) {
    return std::nullopt;
  }
  for (auto each = batches.rbegin(); each != batches.rend(); ++each) {
    if (const record::batch_view batch(*each); batch.producer_id() == id) {
      return batch;
    }
  }
  return std::nullopt;
}

}  // namespace

void partition::append(mutable_bytes batch, const append_options& options, append_completion done) {
  TIDEMILL_ASSERT(open_ != nullptr);
  open_->arriving.push_back({batch, options, std::move(done)});
  if (open_->arriving.size() == 1) {
    shard_.arrived.push_back(open_->handle);
    if (shard_.arrived.size() == 1) {
      shard_.services.loop.post([shard = shard_.shared_from_this()] { append_arrived(*shard); });
    }
  }
  shard_.arrived_bytes += batch.size();
  if (shard_.arrived_bytes >= round_size_bytes_max && !shard_.arrivals_wait) {
    append_arrived(shard_);
  }
}

void partition::append_now(mutable_bytes batch, const append_options& options,
                           append_completion done) {
  TIDEMILL_ASSERT(open_ != nullptr);
  open_->arriving.push_back({batch, options, std::move(done)});
  static_cast<void>(store_arrived(io::monotonic_time::max()));
}

void append_arrived(shard_context& shard) {
  shard.arrived_bytes = 0;
  shard.arrivals_wait = false;
  const auto until = shard.now() + round_time_max;
  std::vector<std::shared_ptr<partition*>> later;
  std::size_t made = 0;
  bool has_time = true;
  for (const std::shared_ptr<partition*>& handle : std::exchange(shard.arrived, {})) {
    if (*handle == nullptr) {
      continue;
    }
    const bool is_new = !(*handle)->open_->exists;
    const bool may_go_on = has_time && !(is_new && made++ >= logs_made_in_a_row_max);
    if (!may_go_on || !(*handle)->store_arrived(until)) {
      later.push_back(handle);
    }
    has_time = has_time && shard.now() < until;
  }
  if (!later.empty()) {
    shard.arrivals_wait = true;
    shard.arrived.insert(shard.arrived.begin(), later.begin(), later.end());
    shard.services.loop.post([all = shard.shared_from_this()] { append_arrived(*all); });
  }
}

/// What has arrived, in groups that are written together, until the time is up: false when some has
/// to wait. Whoever is answered may do anything, also close the partition.
bool partition::store_arrived(io::monotonic_time until) {
  std::vector<arriving_append> all = std::exchange(shard_.spare_appends, {});
  all.swap(open_->arriving);
  shard_context& shard = shard_;
  const auto handle = open_->handle;
  replication::actions out;
  arrival_group group = std::exchange(shard.spare_group, {});
  std::span<arriving_append> waiting(all);
  do {
    group.clear();
    waiting = waiting.subspan(collect(waiting, until, group, out));
    if (!group.appends.empty() && *handle != nullptr) {
      store(group, out);
    }
    for (arriving_append* each : group.appends) {
      if (each->done) {
        each->done(failed(make_error_code(errc::removed)));
      }
    }
  } while (!waiting.empty() && *handle != nullptr && shard.now() < until);
  const bool is_done = waiting.empty() || *handle == nullptr;
  if (!is_done) {
    // Before what has come meanwhile.
    auto& left = open_->arriving;
    left.insert(left.begin(), std::make_move_iterator(waiting.begin()),
                std::make_move_iterator(waiting.end()));
    waiting = {};
  }
  for (arriving_append& each : waiting) {
    each.done(failed(make_error_code(errc::removed)));
  }
  all.clear();
  group.clear();
  shard.spare_appends = std::move(all);
  shard.spare_group = std::move(group);
  if (*handle != nullptr) {
    perform(out);
  }
  return is_done;
}

/// Examines appends until one has to wait for what is before it; answers those that are not stored.
/// Returns how many it has looked at; compressed ones only until the time is up, for a few bytes
/// may open to megabytes.
std::size_t partition::collect(std::span<arriving_append> waiting, io::monotonic_time until,
                               arrival_group& group, replication::actions& out) {
  const auto handle = open_->handle;
  std::size_t count = 0;
  for (; count < waiting.size() && *handle != nullptr && group.appends.size() < group_batches_max;
       ++count) {
    arriving_append& arrival = waiting[count];
    if (const auto incoming = record::front_batch(arrival.batch); incoming) {
      const auto predecessor = last_of_producer(group.batches, *incoming);
      if (predecessor && !log::continues(*predecessor, *incoming)) {
        break;
      }
      arrival.continues_another = predecessor.has_value();
      arrival.is_compressed = incoming->is_compressed();
    }
    if (auto accepted = examine(arrival); !accepted) {
      std::exchange(arrival.done, nullptr)(std::move(accepted).error());
    } else if (arrival.original) {
      answer(success_of(arrival), arrival.options, std::exchange(arrival.done, nullptr), out);
    } else {
      record::prepare_for_append(arrival.batch, *arrival.validated, arrival.rules);
      group.appends.push_back(&arrival);
      group.batches.push_back(arrival.batch);
    }
    if (arrival.is_compressed && shard_.now() >= until) {
      return count + 1;
    }
  }
  return count;
}

boost::system::result<void, append_failure> partition::examine(arriving_append& arrival) const {
  const append_options& options = arrival.options;
  const auto admitted =
      open_->leader.admit(options.acks == acknowledge::by_all, options.current_leader_epoch);
  if (!admitted) {
    return failed(admitted.error());
  }
  const topic_policy& policy = *assigned_.policy;
  record::validation_rules& rules = arrival.rules;
  rules.depth = policy.depth;
  rules.batch_size_bytes_max = policy.batch_size_bytes_max;
  rules.timestamp_type = policy.timestamp_type;
  rules.now_ms = shard_.wall_now().time_since_epoch().count();
  rules.timestamp_before_max_ms = policy.timestamp_before_max_ms;
  rules.timestamp_after_max_ms = policy.timestamp_after_max_ms;
  rules.key_required = policy.compacts;
  rules.transactional_allowed = options.transactional_allowed;
  rules.zstd_allowed = options.zstd_allowed;
  rules.codecs = &shard_.services.codecs;
  rules.keep_decompressed =
      policy.gate != nullptr || policy.partitioner != nullptr || policy.compression.has_value();
  auto verdict = record::validate_produced(arrival.batch, rules);
  if (!verdict) {
    record::refusal refusal = std::move(verdict).error();
    return append_failure{make_error_code(refusal.error), std::move(refusal.records), {}, {}};
  }
  arrival.validated = std::move(*verdict);
  if (!arrival.continues_another) {
    if (auto checked = check_producer(arrival); !checked || arrival.original) {
      return checked;
    }
  }
  // What a producer's next sequence is follows from what was stored, so a batch that is refused
  // here leaves it as it was.
  if (policy.gate != nullptr || policy.partitioner != nullptr) {
    append_failure rejected = ask_gates(*arrival.validated, options);
    if (rejected.error) {
      return rejected;
    }
  }
  if (policy.compression && policy.compression->type != *arrival.validated->batch.compression()) {
    if (const auto done = recompress(arrival); !done) {
      return failed(done.error());
    }
  }
  arrival.validated->decompressed.reset();  // others wait in the same group
  return {};
}

/// The size is bounded again: what was sent within the bound may not be after decompression.
result<void> partition::recompress(arriving_append& arrival) const {
  const topic_policy& policy = *assigned_.policy;
  record::validated_batch& validated = *arrival.validated;
  TIDEMILL_TRY_ASSIGN(plain, plain_records(validated));
  auto made =
      record::recompressed(validated.batch, plain, *policy.compression, shard_.services.codecs);
  if (!made) {
    if (made.error() == record::errc::codec_missing) {
      shard_.services.listener.codec_missing(name(), policy.compression->type);
    }
    return made.error();
  }
  if (made->size() > policy.batch_size_bytes_max) {
    return record::errc::batch_too_large;
  }
  arrival.recompressed = std::move(*made);
  arrival.batch = arrival.recompressed;
  validated.batch = record::batch_view(arrival.batch);
  return {};
}

boost::system::result<void, append_failure> partition::check_producer(
    arriving_append& arrival) const {
  const auto known = open_->derived.producers().check(arrival.validated->batch);
  if (known.decision == log::producer_verdict::kind::refused) {
    return failed(make_error_code(to_errc(known.refusal)));
  }
  if (known.decision == log::producer_verdict::kind::duplicate) {
    arrival.original = known.original;
  }
  return {};
}

append_failure partition::ask_gates(record::validated_batch& validated,
                                    const append_options& options) const {
  const topic_policy& policy = *assigned_.policy;
  const shard_index shard = shard_.options.shard;
  bytes_view records;
  if ((policy.partitioner != nullptr && policy.partitioner->needs_records(shard)) ||
      (policy.gate != nullptr && policy.gate->needs_records(shard))) {
    const auto plain = plain_records(validated);
    if (!plain) {
      return failed(plain.error());
    }
    records = *plain;
  }
  const batch_destination destination{
      key_.topic, assigned_.topic_name, key_.partition, assigned_.partition_count, policy.epoch,
      shard,      options.client};
  objections found;
  if (policy.partitioner != nullptr) {
    policy.partitioner->verify(destination, validated.batch, records, found);
  }
  if (policy.gate != nullptr && !found.error) {
    policy.gate->judge(destination, validated.batch, records, found);
  }
  return {found.error, {}, std::move(found.records), std::move(found.message)};
}

/// Decompressed at most once, and only for whoever looks into the records.
result<bytes_view> partition::plain_records(record::validated_batch& validated) const {
  const record::batch_view& batch = validated.batch;
  if (!batch.is_compressed()) {
    return batch.records_bytes();
  }
  if (!validated.decompressed) {
    const record::compression_type compression = *batch.compression();
    const record::codec* codec = shard_.services.codecs.find(compression);
    if (codec == nullptr) {
      shard_.services.listener.codec_missing(name(), compression);
      return make_error_code(record::errc::codec_missing);
    }
    byte_buffer records;
    TIDEMILL_TRY(
        record::decompress_records(*codec, batch, assigned_.policy->batch_size_bytes_max, records));
    validated.decompressed = std::move(records);
  }
  return bytes_view(*validated.decompressed);
}

/// Whether what the batch goes on from has been stored.
boost::system::result<void, append_failure> partition::check_continues(
    arriving_append& arrival) const {
  if (open_->derived.producers().find(*arrival.validated->batch.producer_id()) == nullptr) {
    return failed(make_error_code(errc::out_of_order_sequence));
  }
  return check_producer(arrival);
}

append_success partition::success_of(const arriving_append& stored) const {
  append_success success;
  success.log_start = open_->log->log_start();
  if (stored.rules.timestamp_type == record::timestamp_type::log_append_time) {
    success.log_append_time_ms =
        stored.original ? stored.original->timestamp_ms : stored.rules.now_ms;
  }
  if (stored.original) {
    success.base_offset = stored.original->base_offset();
    success.end_offset = next(stored.original->last_offset);
    success.duplicate = true;
  } else {
    const record::batch_view batch(stored.batch);
    success.base_offset = batch.base_offset();
    success.end_offset = batch.next_offset();
  }
  return success;
}

/// One write for each segment touched. When a write fails that leaves the log as it was, the rest
/// is tried one by one: a batch must not fail for the size of its neighbours, only for the failure
/// of one that it continues.
void partition::store(arrival_group& group, replication::actions& out) {
  if (!open_->exists) {
    shard_.services.directory.note_created(name());
    open_->exists = true;
  }
  open_->derived.begin_epoch(open_->leader.epoch(), open_->log->log_end());
  const auto handle = open_->handle;
  std::span<const mutable_bytes> batches(group.batches);
  std::span<arriving_append* const> appends(group.appends);
  std::size_t at_once = batches.size();
  while (!batches.empty() && *handle != nullptr) {
    if (at_once == 1 && appends.front()->continues_another) {
      if (auto checked = check_continues(*appends.front()); !checked) {
        std::exchange(appends.front()->done, nullptr)(std::move(checked).error());
        batches = batches.subspan(1);
        appends = appends.subspan(1);
        continue;
      }
    }
    const auto stored = open_->log->append_run(batches.first(std::min(at_once, batches.size())),
                                               open_->leader.epoch());
    if (!stored && at_once > 1 && !open_->log->write_obstacle()) {
      at_once = 1;
      continue;
    }
    const std::size_t count = stored ? stored->batch_count : 1;
    if (stored) {
      open_->write_failure.clear();  // writing has resumed
      note_stored(*stored, batches.first(count), out);
    }
    for (arriving_append* each : appends.first(count)) {
      append_completion done = std::exchange(each->done, nullptr);
      if (*handle == nullptr) {
        done(failed(make_error_code(errc::removed)));  // by somebody whom an answer has woken
      } else if (stored) {
        answer(success_of(*each), each->options, std::move(done), out);
      } else {
        done(failed(tell_store_failure(stored.error())));
      }
    }
    batches = batches.subspan(count);
    appends = appends.subspan(count);
  }
}

error_code partition::tell_store_failure(error_code error) {
  if (open_->log->write_obstacle()) {
    tell_failure("cannot write its log", error);
  } else if (error == log::errc::disk_full) {
    tell_failure("refuses records until there is room", error);
  }
  return error;
}

/// The log has the batches: whatever fails here is told, but does not make it undone. Recovery
/// derives again what could not be written.
void partition::note_stored(const log::append_outcome& stored,
                            std::span<const mutable_bytes> batches, replication::actions& out) {
  open_->bytes_appended += stored.size_bytes;
  list_for_maintenance();
  if (stored.rolled) {
    list_as_rolled();
  }
  for (const mutable_bytes bytes : batches) {
    const record::batch_view view(bytes);
    const auto noted = open_->derived.appended(
        view, view.is_control() ? open_->log->segments().back().base_offset : stored.base_offset);
    if (!noted) {
      tell_failure("cannot write beside its log", noted.error());
    }
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
