#include "partition/host_body.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/damage.hpp"
#include "partition/closing.hpp"

namespace tidemill::partition {

namespace {

constexpr auto open_retry_delay = std::chrono::seconds(1);

struct opening_outcome {
  result<std::unique_ptr<open_state>> state;
  log::recovery_report report;
};

opening_outcome run_opening(opening_order order) {
  log::recovery_report report;
  auto state = open_log(std::move(order), report);
  return {std::move(state), report};
}

}  // namespace

host_body::host_body(const host_services& services, const host_options& options)
    : shard_(std::make_shared<shard_context>(services, options)),
      names_at_start_(services.directory.log_names()),
      duties_(*this),
      scrub_(*this),
      compactor_(*this) {
  std::sort(names_at_start_.begin(), names_at_start_.end());
}

host_body::~host_body() {
  TIDEMILL_ASSERT(shard_->outstanding == 0);
  TIDEMILL_ASSERT(std::none_of(slots_.begin(), slots_.end(),
                               [](const auto& each) { return each.second.here.is_open(); }));
}

void host_body::start() {
  duties_.start();
  scrub_.start();
  compactor_.start();
  // The first of the shards to ask gets them all.
  run_deletion(*shard_, shard_->services.directory.leftovers(), nullptr);
}

// Assignment --------------------------------------------------------------------------------------

partition_slot* host_body::find(const partition_key& key) noexcept {
  const auto found = slots_.find(key);
  if (found == slots_.end() || (found->second.opening && found->second.opening->removed)) {
    return nullptr;
  }
  return &found->second;
}

void host_body::assign(const partition_key& key, assignment assigned) {
  TIDEMILL_ASSERT(!shard_->stopping);
  if (partition_slot* known = find(key)) {
    known->here.reassign(std::move(assigned));
    return;
  }
  const auto made = slots_.try_emplace(key, *shard_, key, std::move(assigned));
  if (!made.second) {
    return;  // its removal is not over yet; a topic id never comes back
  }
  const std::string name = made.first->second.here.name();
  if (std::binary_search(names_at_start_.begin(), names_at_start_.end(), name)) {
    cold_keys_.push_back(key);
  }
}

void host_body::remove(const partition_key& key, unique_function<void(result<void>)> done) {
  partition_slot* slot = find(key);
  if (slot == nullptr) {
    return done(make_error_code(errc::unknown_partition));
  }
  if (slot->opening && slot->opening->running) {
    auto callers = std::exchange(slot->opening->callers, {});
    slot->opening->removed = std::move(done);
    // From now on: a topic of the same name must not open what is about to go.
    removing_.try_emplace(slot->here.name());
    for (host::open_completion& each : callers) {
      each(make_error_code(errc::removed));
    }
    return;
  }
  // Out of the table first: whoever is woken must not find or open it again.
  auto node = slots_.extract(key);
  partition& here = node.mapped().here;
  std::string name = here.name();
  bool exists = false;
  if (here.is_open()) {
    exists = here.open_->exists;
    here.release()->log->abandon();
  } else if (!removing_.contains(name)) {  // or what is there is another topic's, and goes already
    const log::known_log known = shard_->services.directory.take(name);
    exists = known.exists || known.lost_end;
  }
  bury(std::move(node));
  if (!exists) {
    return done({});
  }
  remove_directory(std::move(name), std::move(done));
}

/// The partition may be on the call stack: it goes once the stack is empty.
void host_body::bury(slot_map::node_type node) {
  TIDEMILL_ASSERT(!node.empty());
  shard_->services.loop.post([node = std::move(node), self = shared_from_this()] {});
}

void host_body::remove_directory(std::string name, unique_function<void(result<void>)> done) {
  removing_.try_emplace(name);
  ++shard_->outstanding;
  std::string free = name;
  shard_->directories.when_free(
      free, [self = shared_from_this(), name = std::move(name), done = std::move(done)]() mutable {
        self->retire_directory(std::move(name), std::move(done));
        self->work_ended();
      });
}

void host_body::retire_directory(std::string name, unique_function<void(result<void>)> done) {
  const uuid unique =
      make_random_uuid(shard_->services.random.next(), shard_->services.random.next());
  run_blocking([&directory = shard_->services.directory, name,
                unique] { return directory.remove_log(name, unique); },
               [this, name, done = std::move(done)](result<log::deletion_job> job) mutable {
                 if (!job) {
                   shard_->services.listener.failed(name, "cannot be removed", job.error());
                   done(job.error());
                   return directory_removed(name);
                 }
                 // Not before: the next log of this name must not be measured by this one.
                 ++shard_->outstanding;
                 run_deletion(*shard_, std::move(*job), [self = shared_from_this(), name] {
                   self->directory_removed(name);
                   self->work_ended();
                 });
                 done({});
               });
}

void host_body::directory_removed(const std::string& name) {
  const auto found = removing_.find(name);
  TIDEMILL_ASSERT(found != removing_.end());
  std::vector<io::task> waiting = std::move(found->second);
  removing_.erase(found);
  for (io::task& each : waiting) {
    each();
  }
}

// Opening -----------------------------------------------------------------------------------------

void host_body::open(const partition_key& key, host::open_completion done) {
  partition_slot* slot = find(key);
  if (slot == nullptr || shard_->stopping) {
    return done(make_error_code(slot == nullptr ? errc::unknown_partition : errc::stopping));
  }
  if (slot->here.is_open()) {
    return done(&slot->here);
  }
  if (slot->opening == nullptr) {
    slot->opening = std::make_unique<opening_state>();
  }
  opening_state& opening = *slot->opening;
  if (!opening.running && opening.failure && shard_->now() < opening.retry_at) {
    return done(opening.failure);
  }
  opening.callers.push_back(std::move(done));
  if (!opening.running) {
    opening.running = true;
    start_opening(key);
  }
}

void host_body::start_opening(const partition_key& key) {
  const auto found = slots_.find(key);
  TIDEMILL_ASSERT(found != slots_.end());
  const partition& here = found->second.here;
  const std::string name = here.name();
  if (const auto busy = removing_.find(name); busy != removing_.end()) {
    ++shard_->outstanding;
    busy->second.emplace_back([self = shared_from_this(), key] {
      self->start_opening(key);
      self->work_ended();
    });
    return;
  }
  ++shard_->outstanding;
  shard_->directories.when_free(name, [self = shared_from_this(), key] {
    self->run_opening_of(key);
    self->work_ended();
  });
}

void host_body::run_opening_of(const partition_key& key) {
  const partition& here = slots_.find(key)->second.here;
  const std::string name = here.name();
  host_services& services = shard_->services;
  opening_order order{shard_->log_context(),
                      {services.disk, services.loop.clock(), services.directory.path_of(name),
                       shard_->options.producers_max},
                      here.assigned().policy->log,
                      services.directory.take(name),
                      key.topic,
                      services.directory,
                      name,
                      here.assigned().policy->sync_before_commit};
  if (!order.known.exists) {
    opening_outcome outcome = run_opening(std::move(order));
    return opened(key, std::move(outcome.state), outcome.report);
  }
  run_blocking([order = std::move(order)]() mutable { return run_opening(std::move(order)); },
               [this, key](opening_outcome outcome) {
                 opened(key, std::move(outcome.state), outcome.report);
               });
}

void host_body::opened(const partition_key& key, result<std::unique_ptr<open_state>> outcome,
                       const log::recovery_report& report) {
  const auto found = slots_.find(key);
  TIDEMILL_ASSERT(found != slots_.end());
  partition_slot& slot = found->second;
  opening_state& opening = *slot.opening;
  opening.running = false;
  std::string name = slot.here.name();
  if (opening.removed) {
    auto done = std::move(opening.removed);
    if (outcome) {
      (*outcome)->log->abandon();
    }
    bury(slots_.extract(key));
    return remove_directory(std::move(name), std::move(done));
  }
  if (outcome) {
    if (report.scanned) {
      shard_->services.listener.recovered(name, report);
    }
    if (!(*outcome)->accepted.empty()) {
      shard_->services.listener.gave_up(name, (*outcome)->accepted, (*outcome)->log->log_start());
    }
    open_keys_.push_back(key);
    slot.here.open_with(std::move(*outcome));
    opening.failure = {};
  } else if (outcome.error() == log::errc::corrupt) {
    opening_failed(slot, outcome.error(),
                   log::describe(report.damage, shard_->services.directory.path_of(name)));
  } else {
    opening_failed(slot, outcome.error(),
                   "cannot be opened in " + shard_->services.directory.path_of(name));
  }
  answer_callers(key, slot);
}

/// Told once, and again when it is another failure: clients try again and again.
void host_body::opening_failed(partition_slot& slot, error_code error, std::string reason) {
  opening_state& opening = *slot.opening;
  if (opening.failure != error || opening.reason != reason) {
    shard_->services.listener.failed(slot.here.name(), reason, error);
  }
  opening.failure = error;
  opening.reason = std::move(reason);
  opening.retry_at = shard_->now() + open_retry_delay;
}

void host_body::condemn(const partition_key& key, const log::log_damage& damage) {
  partition_slot* slot = find(key);
  if (slot == nullptr || !slot->here.is_open() || shard_->stopping) {
    return;
  }
  const std::string directory = slot->here.open_->log->directory();
  slot->here.release()->log->abandon();
  slot->opening = std::make_unique<opening_state>();
  opening_failed(*slot, make_error_code(log::errc::corrupt), log::describe(damage, directory));
  // Not opened again before the note stands, which keeps it from being served.
  slot->opening->retry_at = io::monotonic_time::max();
  run_blocking_in(
      slot->here.name(),
      [&disk = shard_->services.disk, directory, damage] {
        return log::write_damage_note(disk, directory, damage);
      },
      [this, key](const result<void>& noted) {
        partition_slot* condemned = find(key);
        if (noted && condemned != nullptr && condemned->opening) {
          condemned->opening->retry_at = shard_->now() + open_retry_delay;
        }
        if (!noted && condemned != nullptr) {  // then it stays closed
          shard_->services.listener.failed(condemned->here.name(),
                                           "cannot note the damage of its log", noted.error());
        }
      });
}

void host_body::answer_callers(const partition_key& key, partition_slot& slot) {
  const error_code failure = slot.opening->failure;
  auto callers = std::exchange(slot.opening->callers, {});
  if (!failure) {
    slot.opening.reset();
  }
  for (host::open_completion& each : callers) {
    partition_slot* const still = find(key);  // a caller may remove it
    if (failure) {
      each(failure);
    } else if (still == nullptr || !still->here.is_open()) {
      each(make_error_code(errc::removed));
    } else {
      each(&still->here);
    }
  }
}

std::vector<partition_key> host_body::open_keys() {
  std::erase_if(open_keys_, [this](const partition_key& key) {
    const partition_slot* slot = find(key);
    return slot == nullptr || !slot->here.is_open();
  });
  return open_keys_;
}

std::vector<partition_key> host_body::take_cold(std::size_t count) {
  names_at_start_ = {};
  std::vector<partition_key> taken;
  while (!cold_keys_.empty() && taken.size() < count) {
    const partition_slot* slot = find(cold_keys_.back());
    if (slot != nullptr && !slot->here.is_open()) {
      taken.push_back(cold_keys_.back());
    }
    cold_keys_.pop_back();
  }
  return taken;
}

// Stop --------------------------------------------------------------------------------------------

void host_body::stop(unique_function<void()> done) {
  TIDEMILL_ASSERT(!shard_->stopping);
  shard_->stopping = true;
  duties_.stop();
  scrub_.stop();
  compactor_.stop();
  stopped_ = std::move(done);
  ++shard_->outstanding;
  shard_->services.loop.post([self = shared_from_this()] { self->work_ended(); });
}

void host_body::work_ended() {
  TIDEMILL_ASSERT(shard_->outstanding > 0);
  --shard_->outstanding;
  if (shard_->outstanding == 0 && stopped_) {
    close_all();
  }
}

/// Nothing is under way any more, and the shard does not touch the logs again: they may be closed
/// one after the other on a thread of the pool.
void host_body::close_all() {
  std::vector<closing_log> closing;
  for (auto& [key, slot] : slots_) {
    if (slot.here.is_open()) {
      closing.emplace_back(slot.here.name(), slot.here.release());
    }
  }
  auto done = std::move(stopped_);
  stopped_ = nullptr;
  run_blocking(
      [closing = std::move(closing), &disk = shard_->services.disk,
       &directory = shard_->services.directory,
       descriptors = shard_->options.open_logs_max / 4]() mutable {
        return close_logs(std::move(closing), descriptors, disk, directory);
      },
      [this, done = std::move(done)](const std::vector<closing_failure>& failures) mutable {
        for (const auto& [name, error] : failures) {
          shard_->services.listener.failed(name, "was not closed cleanly", error);
        }
        done();
      });
}

}  // namespace tidemill::partition
