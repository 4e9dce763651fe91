#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "extension/batch_columns.hpp"
#include "extension/breaker.hpp"
#include "extension/call_figures.hpp"
#include "extension/call_watch.hpp"
#include "extension/instance.hpp"
#include "extension/plugin_call.hpp"

namespace tidemill::extension {

/// What a plugin has answered.
struct plugin_answer {
  tidemill_status status = TIDEMILL_OK;
  /// Nothing of the answer is to be used, or not all of it was in range.
  bool is_failure = false;
  bool is_out_of_range = false;
};

/// What became of a call that somebody wanted to make.
struct call_outcome {
  /// The plugin has answered, and its answer is to be used.
  bool is_answered = false;
  tidemill_status status = TIDEMILL_OK;
  /// When it is not: why, for a person. When it was DENIED: what the plugin said.
  std::string why;
  /// It took longer than it may.
  bool is_late = false;
};

/// The place of one named extension on one shard: the instance that sits there at present, its
/// state, and what is known of its conduct. Shard's thread, but for the constructor.
class seat {
 public:
  /// Borrows the environment.
  seat(std::string name, shard_index shard, const host_environment& environment);
  seat(const seat&) = delete;
  seat& operator=(const seat&) = delete;

  /// Another instance takes the place, between two calls; nullptr: nobody. The one before is closed
  /// here, and is forgiven nothing: figures go on, breakers begin anew.
  void give_to(std::shared_ptr<const instance> next);
  /// Whether calls are made at all; give_to() says yes.
  void set_working(bool works) noexcept { is_working_ = works; }
  [[nodiscard]] const std::shared_ptr<const instance>& holder() const noexcept { return holder_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Columns that its partitioner or transform reads; 0 without one.
  [[nodiscard]] std::uint32_t columns(kind which) const noexcept;

  /// Makes a call of `which` if there is somebody to call and his breaker admits it, opening his
  /// state before where needed. `call` is plugin_answer(tidemill_shard*, tidemill_error*).
  template <class Call>
  [[nodiscard]] call_outcome call(kind which, const char* function, std::uint32_t record_count,
                                  Call call) {
    conduct& of = at(which);
    if (!is_ready(of)) {
      if (std::string why = obstacle(which, true); !why.empty()) {
        return {false, TIDEMILL_OK, std::move(why), false};
      }
    }
    error_.clear();
    plugin_answer answer;
    const bool is_timed = of.watch.wants(record_count) || !of.gate.is_closed();
    const io::monotonic_time begun = is_timed ? environment_.clock.now() : io::monotonic_time();
    const tidemill_status status = call_plugin(holder_->about(), name_, function, error_, [&] {
      answer = call(state_->raw(), error_.raw());
      return answer.status;
    });
    if (status != answer.status) {
      answer = {status, true, false};  // it threw
    }
    call_facts facts{which, function, record_count};
    if (is_timed) {
      time(of, begun, facts);
    }
    if (is_as_ever(of, facts, answer)) {
      book(of, facts);
      of.gate.succeeded();
      return {true, TIDEMILL_OK, {}, false};
    }
    return settle(facts, answer, error_);
  }

  /// Shows a batch to `piece`, a call with nothing, piece by piece as columns_buffer has them,
  /// until there is an objection. A malformed record is one.
  template <class Piece>
  void show(kind which, const partition::batch_destination& destination,
            const record::batch_view& batch, bytes_view records, partition::objections& found,
            Piece piece) {
    columns_buffer.begin(destination, batch, records, columns(which));
    while (!found.error && columns_buffer.next()) {
      piece();
    }
    if (columns_buffer.error()) {
      found.error = make_error_code(*columns_buffer.error());
    }
  }

  // The two ends of a call that is made elsewhere, in between on a thread of the blocking pool: it
  // may take its time, and has a state of its own there.
  /// Why the call must not be made; empty when it is to be, and settle() follows.
  [[nodiscard]] std::string obstacle(kind which) { return obstacle(which, false); }
  struct call_facts {
    kind which;
    const char* function;
    std::uint32_t record_count;
    std::chrono::nanoseconds took{0};
    bool is_late = false;
    /// Calls that `took` is the measure of; 0: it was not timed.
    std::uint32_t stands_for = 0;
  };
  [[nodiscard]] call_outcome settle(const call_facts& facts, const plugin_answer& answer,
                                    const error_slot& error);

  void count_objections(kind which, std::uint64_t count) noexcept {
    at(which).figures.objections += count;
  }
  /// Counts records that a client has sent to a wrong partition. Of clients beyond the first
  /// clients_max all together are counted under "(others)". True when the client is new.
  static constexpr std::size_t clients_max = 100;
  bool count_mismatches(std::string_view client_id, std::uint64_t count);
  [[nodiscard]] const auto& mismatches() const noexcept { return mismatches_; }

  [[nodiscard]] call_figures figures(kind which) const noexcept;

  // Memory that calls on this shard use, kept from one to the next.
  batch_columns columns_buffer;
  std::vector<std::int32_t> partitions_buffer;

 private:
  struct conduct {
    breaker gate{breaker_rules{}};
    call_watch watch;
    call_figures figures;
    bool is_offered = false;
    bool absence_told = false;
  };
  [[nodiscard]] conduct& at(kind which) noexcept { return conducts_[index_of(which)]; }
  [[nodiscard]] static std::size_t index_of(kind which) noexcept {
    return static_cast<std::size_t>(which);
  }
  static constexpr std::chrono::nanoseconds time_for_each_record{1000};
  /// What obstacle() finds out in most cases, without a look at the clock.
  [[nodiscard]] bool is_ready(const conduct& of) const noexcept {
    return state_ != nullptr && is_working_ && of.is_offered && of.gate.is_closed();
  }
  /// Whether there is nothing to tell and nothing to change.
  [[nodiscard]] static bool is_as_ever(const conduct& of, const call_facts& facts,
                                       const plugin_answer& answer) noexcept {
    return answer.status == TIDEMILL_OK && !answer.is_failure && !answer.is_out_of_range &&
           !facts.is_late && of.gate.is_closed();
  }
  static void book(conduct& of, const call_facts& facts) noexcept {
    ++of.figures.calls;
    of.figures.records += facts.record_count;
    if (facts.stands_for > 0) {
      const auto took = static_cast<std::uint64_t>(facts.took.count());
      of.figures.nanoseconds += took * facts.stands_for;
      of.figures.durations.add(took, facts.stands_for);
    }
  }
  void time(conduct& of, io::monotonic_time begun, call_facts& facts) const noexcept;
  [[nodiscard]] std::string obstacle(kind which, bool with_state);
  [[nodiscard]] std::string absence(kind which, bool with_state);
  void open_state();
  void tell_change(kind which, breaker::state before);
  void tell_fault(const char* function, const std::string& what);

  std::string name_;
  shard_index shard_;
  const host_environment& environment_;
  // Shared with the other shards: the last to let go of it sends it to the control thread.
  std::shared_ptr<const instance> holder_;
  std::unique_ptr<shard_state> state_;
  error_slot error_;
  std::string opening_failed_;
  /// When it is tried again.
  io::monotonic_time opens_again_at_{};
  bool is_working_ = true;
  std::array<conduct, kind_count> conducts_;
  std::map<std::string, std::uint64_t, std::less<>> mismatches_;
};

}  // namespace tidemill::extension
