#include "api/fetch_operation.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/fetch_answer.hpp"
#include "base/assert.hpp"
#include "partition/host.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr api_version topic_ids_since{13};
constexpr api_version replica_state_since{15};
constexpr std::int8_t read_committed = 1;

std::uint64_t not_negative(std::int32_t value) noexcept {
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

std::optional<leader_epoch> known_epoch(leader_epoch epoch) noexcept {
  return epoch.value() < 0 ? std::nullopt : std::optional(epoch);
}

}  // namespace

fetch_operation::fetch_operation(request_context request, protocol::fetch_request asked)
    : request_(std::move(request)),
      asked_(std::move(asked)),
      size_bytes_max_(std::min<std::uint64_t>(not_negative(asked_.max_bytes),
                                              request_.dispatch->broker().fetch_size_bytes_max)) {
  for (std::size_t position = 0; position < asked_.topics.size(); ++position) {
    add_topic(position);
  }
}

void fetch_operation::add_topic(std::size_t position) {
  const auto& asked = asked_.topics[position];
  const auto& image = *request_.dispatch->image;
  const bool by_id = request_.version >= topic_ids_since;
  const auto* topic = by_id ? image.find_topic(asked.topic_id) : image.find_topic(asked.topic);
  const auto replica =
      request_.version >= replica_state_since ? asked_.replica_state.replica_id : asked_.replica_id;
  auto error = wire_error::none;
  if (topic == nullptr && by_id) {
    error = wire_error::unknown_topic_id;
  } else if (replica.value() >= 0 && !request_.may_on_cluster(operation::cluster_action)) {
    error = wire_error::topic_authorization_failed;
  } else if (!request_.may(operation::read, resource_kind::topic,
                           topic != nullptr ? std::string_view(topic->name) : asked.topic)) {
    error = wire_error::topic_authorization_failed;
  }
  for (const auto& partition : asked.partitions) {
    add_partition(position, topic, partition, error);
  }
}

void fetch_operation::add_partition(std::size_t topic_position, const metadata::topic* topic,
                                    const protocol::fetch_request_fetch_partition& asked,
                                    wire_error error) {
  auto& row = rows_.emplace_back();
  row.topic = topic_position;
  row.index = asked.partition;
  row.refused = error;
  if (error == wire_error::none) {
    row.at = locate(request_, topic, asked.partition);
    row.refused = row.at.error;
  }
  row.wanted.from = asked.fetch_offset;
  row.wanted.level = asked_.isolation_level == read_committed
                         ? partition::isolation::read_committed
                         : partition::isolation::read_uncommitted;
  row.wanted.current_leader_epoch = known_epoch(asked.current_leader_epoch);
  row.wanted.last_fetched_epoch = known_epoch(asked.last_fetched_epoch);
  row.partition_size_bytes_max = not_negative(asked.partition_max_bytes);
  if (row.is_read()) {
    part_of(row.at.shard).rows.push_back(rows_.size() - 1);
  }
}

fetch_operation::shard_part& fetch_operation::part_of(shard_index shard) {
  const auto found = std::find_if(parts_.begin(), parts_.end(),
                                  [&](const shard_part& part) { return part.shard == shard; });
  if (found != parts_.end()) {
    return *found;
  }
  auto& added = parts_.emplace_back();
  added.shard = shard;
  return added;
}

void fetch_operation::start() {
  begin_round();
}

// A round ----------------------------------------------------------------------------------------

void fetch_operation::begin_round() {
  phase_ = phase::reading;
  if (parts_.empty()) {
    return end_round();
  }
  parts_left_ = parts_.size();
  const auto self = shared_from_this();
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    run_on(parts_[part].shard, [self, part] { self->open_part(part); });
  }
}

void fetch_operation::run_on(shard_index shard, unique_function<void()> task) {
  const auto& dependencies = request_.dispatch->dependencies;
  if (shard == dependencies.here) {
    return task();
  }
  dependencies.shards[shard.value()].loop->post(std::move(task));
}

/// On the part's shard: reads once every log of it is open.
void fetch_operation::open_part(std::size_t part) {
  auto& mine = parts_[part];
  auto& host = *request_.dispatch->dependencies.shards[mine.shard.value()].partitions;
  mine.waiters.clear();
  mine.unopened = 1;  // this function itself, so that the last callback is the last
  for (const auto index : mine.rows) {
    if (host.find(rows_[index].at.key) != nullptr) [[likely]] {
      continue;
    }
    ++mine.unopened;
    host.open(rows_[index].at.key,
              [self = shared_from_this(), part](const result<partition::partition*>&) {
                if (--self->parts_[part].unopened == 0) {
                  self->read_part(part);
                }
              });
  }
  if (--mine.unopened == 0) {
    read_part(part);
  }
}

/// On the part's shard. The bytes left of the request's limit go to the partitions in the order of
/// the request; the first that has data gives at least one batch (KIP-74).
void fetch_operation::read_part(std::size_t part) {
  auto& mine = parts_[part];
  auto& host = *request_.dispatch->dependencies.shards[mine.shard.value()].partitions;
  auto size_bytes_left = size_bytes_max_;
  bool something = false;
  for (const auto index : mine.rows) {
    auto& row = rows_[index];
    row.outcome = {};
    auto* partition = host.find(row.at.key);
    if (partition == nullptr) {
      row.failure = make_error_code(partition::errc::unknown_partition);
      continue;
    }
    row.wanted.size_bytes_max = std::min(row.partition_size_bytes_max, size_bytes_left);
    row.wanted.minimum_one_batch = !something;
    auto outcome = partition->read(row.wanted);
    row.failure = outcome ? error_code{} : outcome.error();
    if (outcome) {
      row.outcome = std::move(*outcome);
      something = something || !row.outcome.slice.empty();
      size_bytes_left -= std::min(size_bytes_left, row.outcome.slice.size_bytes);
    }
  }
  report_from(mine.shard);
}

void fetch_operation::report_from(shard_index shard) {
  if (shard == request_.dispatch->dependencies.here) {
    return part_read();
  }
  request_.dispatch->here().loop->post([self = shared_from_this()] { self->part_read(); });
}

void fetch_operation::part_read() {
  TIDEMILL_ASSERT(parts_left_ > 0);
  if (--parts_left_ == 0) {
    end_round();
  }
}

std::uint64_t fetch_operation::bytes_read() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& row : rows_) {
    sum += row.outcome.slice.size_bytes;
  }
  return sum;
}

/// Errors, and positions that the client must correct, are not waited over.
bool fetch_operation::is_enough() const noexcept {
  const auto must_know = [](const fetch_row& row) {
    return !row.is_read() || row.failure || row.outcome.diverging;
  };
  return time_is_up_ || !request_.dispatch->may_wait || asked_.max_wait_ms <= 0 ||
         bytes_read() >= not_negative(asked_.min_bytes) ||
         std::any_of(rows_.begin(), rows_.end(), must_know);
}

void fetch_operation::end_round() {
  if (!parts_.empty() && !is_enough()) {
    return wait();
  }
  if (fetch_row* cut = parts_.size() > 1 ? share_out() : nullptr) {
    return read_again(*cut);
  }
  answer();
}

/// Shares the limit out in the order of the request and takes away what is beyond it. Returns the
/// row that may have a part of what it has; those behind it get nothing. The first that has data
/// keeps what it has: its shard has bounded it, or it is the one batch that every answer may hold.
fetch_row* fetch_operation::share_out() noexcept {
  std::uint64_t left = size_bytes_max_;
  bool is_first = true;
  fetch_row* cut = nullptr;
  for (auto& row : rows_) {
    auto& slice = row.outcome.slice;
    if (!row.is_read() || row.failure || slice.empty()) {
      continue;
    }
    if (is_first || slice.size_bytes <= left) {
      is_first = false;
      left -= std::min(left, slice.size_bytes);
      continue;
    }
    if (left > 0 && cut == nullptr) {
      cut = &row;
      row.size_bytes_left = left;
    }
    left = 0;
    slice = {};
    row.outcome.aborted.clear();
  }
  return cut;
}

void fetch_operation::read_again(fetch_row& row) {
  parts_left_ = 1;
  run_on(row.at.shard, [self = shared_from_this(), &row] {
    auto& host = *self->request_.dispatch->dependencies.shards[row.at.shard.value()].partitions;
    if (auto* partition = host.find(row.at.key)) {
      row.wanted.size_bytes_max = std::min(row.partition_size_bytes_max, row.size_bytes_left);
      row.wanted.minimum_one_batch = false;
      if (auto outcome = partition->read(row.wanted)) {
        row.outcome = std::move(*outcome);
      }
    }
    self->run_on(self->request_.dispatch->dependencies.here, [self] { self->answer(); });
  });
}

// Between two rounds -----------------------------------------------------------------------------

void fetch_operation::wait() {
  phase_ = phase::waiting;
  const auto self = shared_from_this();
  auto& dispatch = *request_.dispatch;
  if (timer_ == io::event_loop::no_timer) {
    request_.responder.waits();
    dispatch.waiting_fetches.add(request_.connection->id, self, memory_bytes());
    timer_ = dispatch.here().loop->schedule(std::chrono::milliseconds{asked_.max_wait_ms}, [self] {
      self->timer_ = io::event_loop::no_timer;
      self->time_is_up_ = true;
      if (self->phase_ == phase::waiting) {
        self->begin_round();
      }
    });
  }
  while (const auto excess = dispatch.waiting_fetches.take_excess()) {
    excess->give_up();  // it may be this one
  }
  if (phase_ == phase::answered) {
    return;
  }
  // When all partitions together are to bring so many bytes, one of them brings at least its share.
  const auto missing = not_negative(asked_.min_bytes) - bytes_read();
  const auto share = std::max<std::uint64_t>(1, missing / rows_.size());
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    run_on(parts_[part].shard, [self, part, share] { self->arm_part(part, share); });
  }
}

/// What is held until there is data.
std::size_t fetch_operation::memory_bytes() const noexcept {
  constexpr std::size_t row_bytes = sizeof(fetch_row) + sizeof(partition::data_waiter) +
                                    sizeof(protocol::fetch_request_fetch_partition) +
                                    sizeof(std::size_t);
  return request_.frame.size() + sizeof(fetch_operation) + rows_.size() * row_bytes;
}

/// On the part's shard.
void fetch_operation::arm_part(std::size_t part, std::uint64_t bytes_wanted) {
  auto& mine = parts_[part];
  const auto& dependencies = request_.dispatch->dependencies;
  auto& host = *dependencies.shards[mine.shard.value()].partitions;
  auto& home = *request_.dispatch->here().loop;
  mine.waiters.clear();
  for (const auto index : mine.rows) {
    const auto& row = rows_[index];
    auto* partition = host.find(row.at.key);
    if (partition == nullptr) {
      home.post([self = shared_from_this()] { self->woken(); });
      return;
    }
    // Several partitions that one produce request fills wake this fetch once: the round is posted.
    auto& waiter = mine.waiters.emplace_back(
        [self = shared_from_this(), &home] { home.post([self] { self->woken(); }); });
    const auto& slice = row.outcome.slice;
    partition->wait_for_data(waiter, slice.empty() ? row.wanted.from : slice.end, bytes_wanted,
                             row.wanted.level);
  }
}

void fetch_operation::woken() {
  if (phase_ == phase::waiting) {
    begin_round();
  }
}

void fetch_operation::disarm_all() {
  const auto self = shared_from_this();
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    run_on(parts_[part].shard, [self, part] { self->parts_[part].waiters.clear(); });
  }
}

void fetch_operation::give_up() {
  time_is_up_ = true;
  if (phase_ == phase::waiting) {
    answer();
  }
}

void fetch_operation::answer() {
  TIDEMILL_ASSERT(phase_ != phase::answered);
  const bool waited = timer_ != io::event_loop::no_timer || phase_ == phase::waiting;
  phase_ = phase::answered;
  auto& dispatch = *request_.dispatch;
  dispatch.here().loop->cancel(std::exchange(timer_, io::event_loop::no_timer));
  if (waited || time_is_up_) {
    dispatch.waiting_fetches.remove(request_.connection->id);
    disarm_all();
  }
  send_fetch_answer(request_, asked_, rows_, size_bytes_max_);
}

}  // namespace tidemill::api
