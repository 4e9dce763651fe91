#include "metadata/single_voter/single_voter_quorum.hpp"

#include <deque>
#include <utility>

#include "base/assert.hpp"
#include "metadata/errc.hpp"
#include "metadata/single_voter/entry_batch.hpp"
#include "metadata/single_voter/metadata_log.hpp"

namespace tidemill::metadata {
namespace {

/// Bounds one write; a proposal of the largest size always fits.
constexpr std::size_t group_size_bytes_max = 2 * quorum::proposal_size_bytes_max;

struct proposal {
  std::vector<byte_buffer> records;
  std::size_t size_bytes = 0;
  quorum::completion done;
};

class single_voter_quorum final : public quorum {
 public:
  single_voter_quorum(const single_voter_options& options, io::disk& disk, io::blocking_pool& pool,
                      io::event_loop& loop)
      : options_(options),
        pool_(pool),
        loop_(loop),
        log_(std::make_shared<metadata_log>(disk, options.directory, options.make_room)),
        alive_(std::make_shared<char>()) {}

  void start(quorum_listener& listener, unique_function<void(result<void>)> started) override;
  void stop(unique_function<void()> stopped) override;
  void propose(std::vector<byte_buffer> records, completion done) override;

  [[nodiscard]] std::optional<term> leading_term() const override {
    return state_ == state::leading ? std::optional(term_) : std::nullopt;
  }
  [[nodiscard]] std::optional<broker_id> leader() const override {
    return state_ == state::leading ? std::optional(options_.id) : std::nullopt;
  }
  [[nodiscard]] std::vector<voter> voters() const override { return {voter{options_.id}}; }
  [[nodiscard]] committed_position last_committed() const override { return last_; }
  [[nodiscard]] const std::string& report() const override { return report_; }

 private:
  enum class state { idle, starting, leading, failed, stopped };

  /// Runs `work(log)` on the pool and `then(its outcome)` on the loop, unless this is gone by then.
  template <class Work, class Then>
  void on_pool(Work work, Then then);
  void loaded(result<metadata_log::content> read, unique_function<void(result<void>)> started);
  [[nodiscard]] result<void> hand_over(const metadata_log::content& read);
  void write_next_group();
  void written(result<void> outcome, std::int64_t record_count);
  void give_up(const error_code& why);
  void deliver(std::int64_t record_count);
  void replace_log_if_large();
  void fail(std::string why);
  void refuse_queued(errc why);
  void finish_stop();

  single_voter_options options_;
  io::blocking_pool& pool_;
  io::event_loop& loop_;
  // Shared with the task on the pool, which may outlive this when a loop is torn down.
  std::shared_ptr<metadata_log> log_;
  std::shared_ptr<char> alive_;
  quorum_listener* listener_ = nullptr;
  state state_ = state::idle;
  term term_{0};
  committed_position last_{log_index{0}, term{0}};
  std::string report_;
  bool busy_ = false;          // a task is on the pool
  bool in_callbacks_ = false;  // a group is being answered
  std::deque<proposal> queued_;
  std::vector<proposal> in_write_;
  std::uint64_t replace_at_size_bytes_ = 0;
  unique_function<void()> stopped_;
};

template <class Work, class Then>
void single_voter_quorum::on_pool(Work work, Then then) {
  TIDEMILL_ASSERT(!busy_);
  busy_ = true;
  pool_.submit([this, log = log_, &loop = loop_, alive = std::weak_ptr(alive_),
                work = std::move(work), then = std::move(then)]() mutable {
    auto outcome = work(*log);
    loop.post([this, alive = std::move(alive), outcome = std::move(outcome),
               then = std::move(then)]() mutable {
      if (alive.expired()) {
        return;
      }
      busy_ = false;
      then(std::move(outcome));
    });
  });
}

void single_voter_quorum::start(quorum_listener& listener,
                                unique_function<void(result<void>)> started) {
  TIDEMILL_ASSERT(state_ == state::idle);
  listener_ = &listener;
  state_ = state::starting;
  const auto now_ms = loop_.clock().wall_now().time_since_epoch().count();
  on_pool(
      [id = options_.id, now_ms](metadata_log& log) -> result<metadata_log::content> {
        auto read = log.open();
        if (!read) {
          return read;
        }
        // The new term stands in the log before anything is done in it.
        const term next_term{read->last.term.value() + 1};
        const log_index next_index{read->last.index.value() + 1};
        TIDEMILL_TRY_ASSIGN(batch, build_leader_change(id, {next_index, next_term, now_ms}));
        TIDEMILL_TRY(log.append(batch));
        read->last = {next_index, next_term};
        return read;
      },
      [this, started = std::move(started)](result<metadata_log::content> read) mutable {
        loaded(std::move(read), std::move(started));
      });
}

void single_voter_quorum::loaded(result<metadata_log::content> read,
                                 unique_function<void(result<void>)> started) {
  if (stopped_) {
    state_ = state::stopped;
    started(make_error_code(errc::stopping));
    finish_stop();
    return;
  }
  auto handed_over = read ? hand_over(*read) : result<void>(read.error());
  if (!handed_over) {
    state_ = state::failed;
    report_ = log_->damage().empty() ? options_.directory + ": " + handed_over.error().message()
                                     : log_->damage();
    started(handed_over);
    return;
  }
  report_ = std::move(read->repaired);
  last_ = read->last;
  term_ = read->last.term;
  replace_at_size_bytes_ = options_.log_size_bytes_max;
  state_ = state::leading;
  started({});
  if (state_ == state::leading) {
    listener_->leadership_changed(term_);
    write_next_group();
  }
}

result<void> single_voter_quorum::hand_over(const metadata_log::content& read) {
  if (read.snapshot) {
    TIDEMILL_TRY(listener_->install_snapshot(read.snapshot->last, read.snapshot->records));
  }
  const auto entries = read.entries.entries();
  return entries.empty() ? result<void>{} : listener_->apply(entries);
}

void single_voter_quorum::stop(unique_function<void()> stopped) {
  stopped_ = std::move(stopped);
  refuse_queued(errc::stopping);
  if (!busy_ && !in_callbacks_) {
    finish_stop();
  }
}

void single_voter_quorum::finish_stop() {
  if (stopped_ && state_ == state::leading) {
    state_ = state::stopped;
    on_pool([](metadata_log& log) { return log.close(); },
            [this](const result<void>&) { finish_stop(); });  // the mark is then an older one
    return;
  }
  state_ = state::stopped;
  if (stopped_) {
    std::exchange(stopped_, nullptr)();
  }
}

void single_voter_quorum::propose(std::vector<byte_buffer> records, completion done) {
  TIDEMILL_ASSERT(!records.empty());
  proposal added{std::move(records), 0, std::move(done)};
  for (const auto& each : added.records) {
    added.size_bytes += each.size();
  }
  if (stopped_ || state_ == state::stopped) {
    added.done(make_error_code(errc::stopping));
  } else if (state_ == state::failed) {
    added.done(make_error_code(errc::storage_failed));
  } else if (state_ != state::leading) {
    added.done(make_error_code(errc::not_leader));
  } else if (added.size_bytes > proposal_size_bytes_max) {
    added.done(make_error_code(errc::proposal_too_large));
  } else {
    queued_.push_back(std::move(added));
    write_next_group();
  }
}

/// Everything that waits goes into one batch, up to its bound.
void single_voter_quorum::write_next_group() {
  if (busy_ || queued_.empty() || state_ != state::leading) {
    return;
  }
  std::vector<std::vector<byte_buffer>> entries;
  std::size_t size_bytes = 0;
  std::int64_t record_count = 0;
  while (!queued_.empty() &&
         (entries.empty() || size_bytes + queued_.front().size_bytes <= group_size_bytes_max)) {
    auto& taken = in_write_.emplace_back(std::move(queued_.front()));
    queued_.pop_front();
    size_bytes += taken.size_bytes;
    record_count += static_cast<std::int64_t>(taken.records.size());
    entries.push_back(std::move(taken.records));
  }
  const batch_place place{log_index{last_.index.value() + 1}, term_,
                          loop_.clock().wall_now().time_since_epoch().count()};
  on_pool(
      [entries = std::move(entries),
       place](metadata_log& log) -> result<std::vector<std::vector<byte_buffer>>> {
        TIDEMILL_TRY_ASSIGN(batch, build_entry_batch(entries, place));
        TIDEMILL_TRY(log.append(batch));
        return std::move(entries);
      },
      [this, record_count](result<std::vector<std::vector<byte_buffer>>> outcome) {
        if (!outcome) {
          written(outcome.error(), record_count);
          return;
        }
        for (std::size_t i = 0; i < outcome->size(); ++i) {
          in_write_[i].records = std::move((*outcome)[i]);
        }
        written({}, record_count);
      });
}

void single_voter_quorum::written(result<void> outcome, std::int64_t record_count) {
  in_callbacks_ = true;
  if (outcome) {
    deliver(record_count);
  } else {
    give_up(outcome.error());
  }
  in_callbacks_ = false;
  if (stopped_ && !busy_) {
    finish_stop();
    return;
  }
  replace_log_if_large();
  write_next_group();
}

/// Nothing of the group is in the log, or nobody knows; what waits behind it may build on it.
void single_voter_quorum::give_up(const error_code& why) {
  const bool is_full = why == errc::storage_full;
  auto cut_off = std::exchange(in_write_, {});
  auto behind = std::exchange(queued_, {});
  if (!is_full) {
    fail(options_.directory + ": " + why.message());
  }
  for (auto& each : cut_off) {
    each.done(make_error_code(is_full ? errc::storage_full : errc::outcome_unknown));
  }
  for (auto& each : behind) {
    each.done(make_error_code(is_full ? errc::storage_full : errc::storage_failed));
  }
}

void single_voter_quorum::deliver(std::int64_t record_count) {
  auto group = std::exchange(in_write_, {});
  std::vector<bytes_view> records;
  records.reserve(static_cast<std::size_t>(record_count));
  for (const auto& each : group) {
    records.insert(records.end(), each.records.begin(), each.records.end());
  }
  std::vector<committed_entry> entries;
  entries.reserve(group.size());
  std::size_t begin = 0;
  for (const auto& each : group) {
    last_ = {log_index{last_.index.value() + static_cast<std::int64_t>(each.records.size())},
             term_};
    entries.push_back({last_, std::span(records).subspan(begin, each.records.size())});
    begin += each.records.size();
  }
  const auto applied = listener_->apply(entries);
  if (!applied) {
    fail("a committed entry could not be applied: " + applied.error().message());
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    group[i].done(applied ? result<committed_position>(entries[i].position)
                          : result<committed_position>(make_error_code(errc::outcome_unknown)));
  }
}

void single_voter_quorum::replace_log_if_large() {
  if (busy_ || state_ != state::leading || log_->size_bytes() < replace_at_size_bytes_) {
    return;
  }
  on_pool([last = last_, source = listener_->take_snapshot()](
              metadata_log& log) mutable { return log.replace(last, source); },
          [this](result<log_replacement> replaced) {
            if (!replaced) {
              fail(options_.directory + ": " + replaced.error().message());
            } else {
              replace_at_size_bytes_ = log_->size_bytes() + options_.log_size_bytes_max;
            }
            if (stopped_) {
              finish_stop();
              return;
            }
            write_next_group();
          });
}

void single_voter_quorum::fail(std::string why) {
  if (state_ != state::leading) {
    return;
  }
  state_ = state::failed;
  report_ = std::move(why);
  refuse_queued(errc::storage_failed);
  listener_->leadership_changed(std::nullopt);
}

void single_voter_quorum::refuse_queued(errc why) {
  for (auto& each : std::exchange(queued_, {})) {
    each.done(make_error_code(why));
  }
}

}  // namespace

std::unique_ptr<quorum> make_single_voter_quorum(const single_voter_options& options,
                                                 io::disk& disk, io::blocking_pool& pool,
                                                 io::event_loop& loop) {
  return std::make_unique<single_voter_quorum>(options, disk, pool, loop);
}

}  // namespace tidemill::metadata
