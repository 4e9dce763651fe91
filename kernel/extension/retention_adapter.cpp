#include "extension/retention_adapter.hpp"

#include <algorithm>
#include <utility>

#include "extension/log_facts.hpp"
#include "tidemill/retention.h"

namespace tidemill::extension {
namespace {

/// A plugin's votes in the kernel's words; an unknown one is a fault, and keeps everything.
partition::retention_votes read_votes(const std::vector<std::uint8_t>& raw, plugin_answer& answer) {
  partition::retention_votes votes;
  votes.reserve(raw.size());
  for (const std::uint8_t one : raw) {
    answer.is_out_of_range = answer.is_out_of_range || one > TIDEMILL_REMOVE_LOCAL;
    votes.push_back(one == TIDEMILL_REMOVE ? log::retention_vote::remove
                                           : log::retention_vote::keep);
  }
  // Whoever votes nonsense on one segment is not believed on the others.
  return answer.is_out_of_range ? partition::retention_votes() : votes;
}

partition::retention_votes vote(const descriptor& about, tidemill_shard* shard,
                                const partition::retention_question& question,
                                tidemill_error* error, plugin_answer& answer) {
  const log_facts facts(question);
  std::vector<std::uint8_t> raw(question.segments.size(), TIDEMILL_KEEP);
  answer.status = about.retention->vote(shard, &facts.view(), raw.data(), error);
  answer.is_failure = answer.status != TIDEMILL_OK;
  return answer.is_failure ? partition::retention_votes() : read_votes(raw, answer);
}

bool may_block(const instance* holder) noexcept {
  return holder != nullptr && holder->about().retention != nullptr &&
         (holder->about().retention->flags & TIDEMILL_MAY_BLOCK) != 0;
}

bool needs(const seat& of, std::uint32_t fact) noexcept {
  const instance* holder = of.holder().get();
  return holder != nullptr && holder->about().retention != nullptr &&
         (holder->about().retention->needs & fact) != 0;
}

}  // namespace

/// The state of one shard on the blocking pool; opened, used and closed there, one at a time.
struct retention_adapter::pool_side {
  // Shared with the seat.
  std::shared_ptr<const instance> with;
  std::unique_ptr<shard_state> state;
};

struct retention_adapter::waiting {
  partition::retention_question question;
  unique_function<void(partition::retention_votes)> answered;
};

struct retention_adapter::shard_side {
  std::deque<waiting> questions;
  // Shared with the task on the pool.
  std::shared_ptr<pool_side> pool;
  bool in_flight = false;
  /// Of the call in flight; counts up.
  std::uint64_t turn = 0;
  /// The call that nobody waits for any more and that has not returned; 0: none.
  std::uint64_t lost = 0;
  io::event_loop::timer_id patience = io::event_loop::no_timer;
  bool is_releasing = false;
  unique_function<void()> when_idle;
};

/// What a call on the pool has come to.
struct retention_adapter::pool_answer {
  error_slot error;
  plugin_answer answer;
  partition::retention_votes votes;
  std::chrono::nanoseconds took{0};
};

retention_adapter::retention_adapter(extension_point& point, const host_environment& environment,
                                     const std::vector<io::event_loop*>& loops,
                                     io::blocking_pool& pool)
    : point_(point), environment_(environment), loops_(loops), pool_(pool) {
  for (std::size_t index = 0; index < loops_.size(); ++index) {
    shards_.push_back(std::make_unique<shard_side>());
  }
}

retention_adapter::~retention_adapter() = default;

bool retention_adapter::needs_disk(shard_index shard) const noexcept {
  return needs(point_.at(shard), TIDEMILL_FACT_DISK);
}

bool retention_adapter::needs_groups(shard_index shard) const noexcept {
  return needs(point_.at(shard), TIDEMILL_FACT_GROUPS);
}

void retention_adapter::ask(partition::retention_question question,
                            unique_function<void(partition::retention_votes)> answered) {
  seat& here = point_.at(question.shard);
  if (!may_block(here.holder().get())) {
    return answered(ask_here(here, question));
  }
  const shard_index shard = question.shard;
  shards_[shard.value()]->questions.push_back({std::move(question), std::move(answered)});
  ask_next(shard);
}

partition::retention_votes retention_adapter::ask_here(
    seat& here, const partition::retention_question& question) {
  partition::retention_votes votes;
  const call_outcome asked =
      here.call(kind::retention, "vote", 0, [&](tidemill_shard* shard, tidemill_error* error) {
        plugin_answer answer;
        votes = vote(here.holder()->about(), shard, question, error, answer);
        return answer;
      });
  // What a late vote goes by may have changed.
  return asked.is_answered && !asked.is_late ? votes : partition::retention_votes();
}

void retention_adapter::ask_next(shard_index shard) {
  shard_side& side = *shards_[shard.value()];
  while (!side.in_flight && !side.is_releasing && !side.questions.empty()) {
    seat& here = point_.at(shard);
    if (side.lost != 0 || !here.obstacle(kind::retention).empty()) {
      auto answered = std::move(side.questions.front().answered);
      side.questions.pop_front();
      answered({});
      continue;
    }
    if (side.pool == nullptr) {
      side.pool = std::make_shared<pool_side>(pool_side{here.holder(), nullptr});
    }
    side.in_flight = true;
    const std::uint64_t turn = ++side.turn;
    side.patience = loops_[shard.value()]->schedule(environment_.hang_after,
                                                    [this, shard, turn] { give_up(shard, turn); });
    pool_.submit([this, shard, turn, with = side.pool,
                  question = std::move(side.questions.front().question)]() mutable {
      auto made = std::make_shared<pool_answer>(call_on_pool(*with, question));
      // Closes the state here if the shard has given it up meanwhile.
      with.reset();
      loops_[shard.value()]->post([this, shard, turn, made] { returned(shard, turn, *made); });
    });
  }
}

retention_adapter::pool_answer retention_adapter::call_on_pool(
    pool_side& with, const partition::retention_question& question) const {
  pool_answer made;
  const io::monotonic_time begun = environment_.clock.now();
  const descriptor& about = with.with->about();
  const tidemill_status status = call_plugin(about, point_.name(), "vote", made.error, [&] {
    if (with.state == nullptr) {
      const std::uint32_t index = environment_.shard_count + question.shard.value();
      auto opened = shard_state::open(with.with, index);
      if (!opened) {
        with.with->host().write_line(line_level::error, opened.error().sentence);
        made.answer = {TIDEMILL_UNAVAILABLE, true, false};
        return made.answer.status;
      }
      with.state = std::move(*opened);
    }
    made.votes = vote(about, with.state->raw(), question, made.error.raw(), made.answer);
    return made.answer.status;
  });
  if (status != made.answer.status) {
    made.answer = {status, true, false};  // it threw
  }
  made.took = environment_.clock.now() - begun;
  return made;
}

void retention_adapter::returned(shard_index shard, std::uint64_t turn, pool_answer& made) {
  shard_side& side = *shards_[shard.value()];
  if (side.turn != turn || !side.in_flight) {
    if (side.lost == turn) {
      side.lost = 0;  // its breaker decides when it is asked again
    }
    return;
  }
  loops_[shard.value()]->cancel(side.patience);
  const bool is_late =
      made.took > std::max<std::chrono::nanoseconds>(
                      point_.at(shard).holder()->settings().call_time_max, blocking_call_time_max);
  const call_outcome asked = point_.at(shard).settle(
      {kind::retention, "vote", 0, made.took, is_late, 1}, made.answer, made.error);
  finished(shard,
           asked.is_answered && !is_late ? std::move(made.votes) : partition::retention_votes());
}

/// The call may never return. Everything is kept, nothing more is asked until it has, and whoever
/// waits to replace the plugin waits no longer.
void retention_adapter::give_up(shard_index shard, std::uint64_t turn) {
  shard_side& side = *shards_[shard.value()];
  if (side.turn != turn || !side.in_flight) {
    return;
  }
  side.lost = turn;
  error_slot error;
  error.tell("it has not returned");
  static_cast<void>(
      point_.at(shard).settle({kind::retention, "vote", 0, environment_.hang_after, true, 1},
                              {TIDEMILL_UNAVAILABLE, true, false}, error));
  finished(shard, {});
}

void retention_adapter::finished(shard_index shard, partition::retention_votes votes) {
  shard_side& side = *shards_[shard.value()];
  side.in_flight = false;
  if (!side.questions.empty()) {
    auto answered = std::move(side.questions.front().answered);
    side.questions.pop_front();
    answered(std::move(votes));
  }
  if (side.when_idle) {
    return std::exchange(side.when_idle, nullptr)();
  }
  ask_next(shard);
}

void retention_adapter::release(shard_index shard, unique_function<void()> released) {
  shard_side& side = *shards_[shard.value()];
  side.is_releasing = true;
  auto ended = [this, shard, released = std::move(released)]() mutable {
    released();
    shards_[shard.value()]->is_releasing = false;
    ask_next(shard);
  };
  side.when_idle = [this, shard, ended = std::move(ended)]() mutable {
    shard_side& idle = *shards_[shard.value()];
    auto state = std::exchange(idle.pool, nullptr);
    if (std::exchange(idle.lost, 0) != 0 || state == nullptr) {
      return ended();  // the call that is lost closes its state when it returns
    }
    // Closed where it was used.
    pool_.submit([this, shard, state = std::move(state), ended = std::move(ended)]() mutable {
      state.reset();
      loops_[shard.value()]->post(std::move(ended));
    });
  };
  if (!side.in_flight) {
    std::exchange(side.when_idle, nullptr)();
  }
}

}  // namespace tidemill::extension
