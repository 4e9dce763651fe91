#include "groups/led_partition.hpp"

#include <algorithm>
#include <utility>

#include "groups/record_codec.hpp"
#include "record/batch_builder.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::groups {

using std::chrono::milliseconds;

namespace {

/// Well below what a partition of the offsets topic takes in one batch.
constexpr std::size_t batch_size_bytes_aim = std::size_t{512} << 10;
constexpr std::chrono::seconds load_retry{1};

milliseconds in_milliseconds(io::monotonic_time at) noexcept {
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch());
}

/// The records of one write in as few batches as they fit in.
result<std::vector<byte_buffer>> batches_of(const write& planned, std::int64_t now_ms) {
  std::vector<byte_buffer> batches;
  std::optional<record::batch_builder> building;
  const auto finish = [&]() -> result<void> {
    TIDEMILL_TRY_ASSIGN(batch, building->finish());
    batches.push_back(std::move(batch));
    building.reset();
    return {};
  };
  for (const state_record& each : planned.records) {
    TIDEMILL_TRY_ASSIGN(encoded, encode_record(each));
    if (building && building->size_bytes() >= batch_size_bytes_aim) {
      TIDEMILL_TRY(finish());
    }
    if (!building) {
      building.emplace(record::batch_options{});
    }
    record::new_record row;
    row.timestamp_ms = now_ms;
    row.key = bytes_view(encoded.key);
    if (encoded.value) {
      row.value = bytes_view(*encoded.value);
    }
    building->append(row);
  }
  if (building) {
    TIDEMILL_TRY(finish());
  }
  return batches;
}

}  // namespace

host::led_partition::led_partition(partition_index home, std::unique_ptr<journal> log,
                                   std::shared_ptr<surroundings> around)
    : home_(home),
      log_(std::move(log)),
      around_(std::move(around)),
      core_(around_->options, around_->held) {}

moment host::led_partition::now() const noexcept {
  const io::clock& clock = around_->loop.clock();
  return {in_milliseconds(clock.now()), clock.wall_now().time_since_epoch().count()};
}

void host::led_partition::topics_changed(std::shared_ptr<const topic_catalog> catalog) {
  catalog_ = std::move(catalog);
  core_.topics_changed(catalog_);
}

// Loading -----------------------------------------------------------------------------------------

void host::led_partition::load() {
  loading_since_ = around_->loop.clock().now();
  log_->load(
      [self = weak_from_this()](bytes_view batches) {
        if (const auto alive = self.lock()) {
          alive->visit(batches);
        }
      },
      [self = weak_from_this()](errc outcome) {
        if (const auto alive = self.lock()) {
          alive->load_ended(outcome);
        }
      });
}

void host::led_partition::visit(bytes_view batches) {
  record::batch_scanner scanner(batches);
  while (const auto batch = scanner.next()) {
    if (batch->is_control()) {
      continue;
    }
    if (batch->is_compressed()) {  // nobody but the coordinators writes here, and they do not
      skipped_ += static_cast<std::size_t>(std::max(batch->record_count(), 0));
      continue;
    }
    record::record_iterator records(*batch);
    record::record_view each;
    while (records.next(each)) {
      const auto decoded = decode_record(each.key, each.value);
      if (!decoded) {
        ++skipped_;
      } else if (*decoded) {
        core_.replay(**decoded);
      }
    }
  }
}

void host::led_partition::load_ended(errc outcome) {
  if (is_resigned_) {
    return;
  }
  if (outcome != errc::none) {
    around_->listener.load_failed(home_);
    core_ = coordinator(around_->options, around_->held);
    core_.topics_changed(catalog_);
    skipped_ = 0;
    timer_ = around_->loop.schedule(load_retry, [this] {
      timer_ = io::event_loop::no_timer;
      load();
    });
    return;
  }
  is_loaded_ = true;
  const auto took = around_->loop.clock().now() - loading_since_;
  around_->listener.loaded(home_, core_.count().groups, skipped_,
                           std::chrono::duration_cast<milliseconds>(took));
  actions out;
  core_.loaded(now(), out);
  perform(std::move(out));
}

void host::led_partition::resign(errc why) {
  is_resigned_ = true;
  is_loaded_ = false;
  around_->loop.cancel(std::exchange(timer_, io::event_loop::no_timer));
  actions out;
  core_.resign(why, out);
  perform(std::move(out));
}

// Actions -----------------------------------------------------------------------------------------

void host::led_partition::perform(actions out) {
  const auto self = shared_from_this();  // whoever is answered may resign this one
  around_->counted.rebalances += out.rebalances;
  for (reply& each : out.replies) {
    answer(std::move(each));
  }
  for (write& each : out.writes) {
    store(std::move(each));
  }
  arm();
}

void host::led_partition::answer(reply&& answered) {
  const auto found = waiting_.find(answered.to);
  if (found == waiting_.end()) {
    return;
  }
  completion done = std::move(found->second);
  waiting_.erase(found);
  std::visit(
      [&](auto& with) {
        using call = std::remove_reference_t<decltype(with)>;
        if constexpr (std::is_same_v<call, unique_function<void(join_reply)>>) {
          with(std::get<join_reply>(std::move(answered.what)));
        } else if constexpr (std::is_same_v<call, unique_function<void(sync_reply)>>) {
          with(std::get<sync_reply>(std::move(answered.what)));
        } else if constexpr (std::is_same_v<call,
                                            unique_function<void(consumer_heartbeat_reply)>>) {
          with(std::get<consumer_heartbeat_reply>(std::move(answered.what)));
        } else {
          with(std::get<rows_reply>(std::move(answered.what)));
        }
      },
      done);
}

void host::led_partition::store(write&& planned) {
  auto batches = batches_of(planned, now().wall_ms);
  if (!batches) {
    return stored(std::move(planned), errc::record_too_large);
  }
  if (std::holds_alternative<then_apply_rows>(planned.then)) {
    around_->counted.commits += planned.records.size();
  }
  // Appends are answered in order, so the last one has heard of all.
  auto outcome = std::make_shared<errc>(errc::none);
  for (std::size_t index = 0; index + 1 < batches->size(); ++index) {
    log_->append(std::move((*batches)[index]),
                 [outcome](errc each) { *outcome = *outcome == errc::none ? each : *outcome; });
  }
  log_->append(std::move(batches->back()),
               [self = shared_from_this(), outcome, done = std::move(planned)](errc last) mutable {
                 self->stored(std::move(done), *outcome == errc::none ? last : *outcome);
               });
}

void host::led_partition::stored(write&& done, errc outcome) {
  if (outcome != errc::none) {
    ++around_->counted.failed_writes;
    around_->listener.write_failed(home_, reason(outcome));
  }
  actions out;
  core_.written(std::move(done), outcome, now(), out);
  perform(std::move(out));
}

void host::led_partition::arm() {
  if (is_resigned_ || !is_loaded_) {
    return;
  }
  const auto wanted = core_.next_deadline();
  if (wanted == armed_ && timer_ != io::event_loop::no_timer) {
    return;
  }
  around_->loop.cancel(std::exchange(timer_, io::event_loop::no_timer));
  armed_ = wanted;
  if (!wanted) {
    return;
  }
  // What is rounded down now must not fire before its time.
  const auto delay = std::max(*wanted - now().monotonic, milliseconds{0}) + milliseconds{1};
  timer_ = around_->loop.schedule(delay, [this] {
    timer_ = io::event_loop::no_timer;
    actions out;
    core_.advance(now(), out);
    perform(std::move(out));
  });
}

}  // namespace tidemill::groups
