#include "extension/seat.hpp"

#include "base/escape.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t client_id_size_max = 128;
constexpr std::string_view other_clients = "(others)";
constexpr std::string_view unnamed_client = "(none)";

}  // namespace

seat::seat(std::string name, shard_index shard, const host_environment& environment)
    : name_(std::move(name)), shard_(shard), environment_(environment) {}

void seat::give_to(std::shared_ptr<const instance> next) {
  state_.reset();
  holder_ = std::move(next);
  opening_failed_.clear();
  is_working_ = true;
  for (std::size_t which = 0; which < conducts_.size(); ++which) {
    conduct& each = conducts_[which];
    each.gate.reset();
    each.watch = {};
    each.is_offered = holder_ != nullptr && holder_->about().offers(static_cast<kind>(which));
    each.absence_told = false;
  }
}

std::uint32_t seat::columns(kind which) const noexcept {
  return holder_ == nullptr ? 0 : holder_->columns(which);
}

std::string seat::obstacle(kind which, bool with_state) {
  conduct& of = at(which);
  std::string why = absence(which, with_state);
  if (!why.empty() && !std::exchange(of.absence_told, true)) {
    environment_.log.write(
        line_level::error, holder_ ? holder_->about().name : "", name_,
        "a topic names it as its " + std::string(name_of(which)) + ", but " + why);
  }
  if (why.empty() && !of.gate.admits(environment_.clock.now())) {
    why = "it has failed too often and is left alone for a while";
  }
  if (!why.empty()) {
    ++of.figures.spared;
  }
  return why;
}

/// Why there is nobody to call; empty when there is somebody.
std::string seat::absence(kind which, bool with_state) {
  if (holder_ == nullptr) {
    return "it is not loaded";
  }
  if (!is_working_) {
    return "somebody has disabled it";
  }
  if (!at(which).is_offered) {
    return "the plugin " + holder_->about().name + " is no " + std::string(name_of(which));
  }
  if (with_state && state_ == nullptr) {
    open_state();
  }
  return opening_failed_;
}

/// What keeps a plugin from opening its state may pass; it is asked as seldom as after a failure.
void seat::open_state() {
  const io::monotonic_time now = environment_.clock.now();
  if (!opening_failed_.empty() && now < opens_again_at_) {
    return;
  }
  auto opened = shard_state::open(holder_, shard_.value());
  if (opened) {
    state_ = std::move(*opened);
    opening_failed_.clear();
    for (conduct& each : conducts_) {
      each.absence_told = false;
    }
  } else {
    opening_failed_ = opened.error().sentence;
    opens_again_at_ = now + breaker_rules{}.probe_after;
  }
}

void seat::time(conduct& of, io::monotonic_time begun, call_facts& facts) const noexcept {
  facts.took = environment_.clock.now() - begun;
  facts.is_late =
      facts.took > holder_->settings().call_time_max + facts.record_count * time_for_each_record;
  facts.stands_for = of.watch.timed(facts.record_count, facts.is_late);
}

call_outcome seat::settle(const call_facts& facts, const plugin_answer& answer,
                          const error_slot& error) {
  conduct& of = at(facts.which);
  book(of, facts);
  call_outcome outcome{!answer.is_failure, answer.status, {}, facts.is_late};
  if (answer.is_failure || answer.status != TIDEMILL_OK) {
    outcome.why = error.message(answer.status);
  }
  if (answer.is_failure) {
    ++of.figures.errors;
    tell_fault(facts.function, outcome.why);
  }
  if (answer.is_out_of_range) {
    ++of.figures.out_of_range;
    tell_fault(facts.function, "its answer was out of range");
  }
  if (facts.is_late) {
    ++of.figures.overruns;
    std::string took = "it took " + std::to_string(facts.took.count() / 1000) + " microseconds";
    if (facts.record_count != 0) {
      took += " for " + std::to_string(facts.record_count) + " records";
    }
    tell_fault(facts.function, took);
  }
  const breaker::state before = of.gate.where();
  if (answer.is_failure || answer.is_out_of_range || facts.is_late) {
    if (answer.status == TIDEMILL_UNAVAILABLE) {
      of.gate.gave_up(environment_.clock.now());
    } else {
      of.gate.failed(environment_.clock.now(), facts.took);
    }
  } else {
    of.gate.succeeded();
  }
  tell_change(facts.which, before);
  return outcome;
}

void seat::tell_change(kind which, breaker::state before) {
  const bool was_closed = before == breaker::state::closed;
  const bool is_closed = at(which).gate.is_closed();
  if (was_closed == is_closed) {
    return;
  }
  const std::string as = " as a " + std::string(name_of(which));
  environment_.log.write(is_closed ? line_level::info : line_level::error, holder_->about().name,
                         name_,
                         is_closed ? "it works again" + as
                                   : "it has failed too often" + as +
                                         " and is left alone; one call in a while tries it again");
}

void seat::tell_fault(const char* function, const std::string& what) {
  holder_->host().write_line(line_level::error, std::string(function) + ": " + what);
}

bool seat::count_mismatches(std::string_view client_id, std::uint64_t count) {
  // It is shown in pages that are UTF-8, whatever the client has sent.
  const std::string shown =
      client_id.empty() ? std::string(unnamed_client) : escape(client_id, client_id_size_max);
  const auto known = mismatches_.find(shown);
  if (known != mismatches_.end()) {
    known->second += count;
    return false;
  }
  const bool is_one_too_many = mismatches_.size() >= clients_max;
  const auto [added, is_new] =
      mismatches_.try_emplace(is_one_too_many ? std::string(other_clients) : shown, 0);
  added->second += count;
  return is_new;
}

call_figures seat::figures(kind which) const noexcept {
  const conduct& of = conducts_[index_of(which)];
  call_figures now = of.figures;
  now.breaker_openings = of.gate.openings();
  now.breaker_state = of.gate.where();
  return now;
}

}  // namespace tidemill::extension
