#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/random.hpp"
#include "metadata/errc.hpp"
#include "metadata/quorum.hpp"

namespace tidemill::metadata {

/// A quorum that commits when the test says so.
class memory_quorum final : public quorum {
 public:
  void start(quorum_listener& listener, unique_function<void(result<void>)> started) override {
    listener_ = &listener;
    leading_ = true;
    started({});
    listener_->leadership_changed(term{1});
  }
  void stop(unique_function<void()> stopped) override {
    fail_all(errc::stopping);
    stopped();
  }
  void propose(std::vector<byte_buffer> records, completion done) override {
    if (records.size() > records_max) {
      done(make_error_code(errc::proposal_too_large));
      return;
    }
    waiting_.push_back({std::move(records), std::move(done)});
    if (commit_at_once) {
      commit();
    }
  }
  [[nodiscard]] std::optional<term> leading_term() const override {
    return leading_ ? std::optional(term{1}) : std::nullopt;
  }
  [[nodiscard]] std::optional<broker_id> leader() const override { return broker_id{1}; }
  [[nodiscard]] std::vector<voter> voters() const override { return {voter{broker_id{1}}}; }
  [[nodiscard]] committed_position last_committed() const override { return last_; }
  [[nodiscard]] const std::string& report() const override { return report_; }

  /// Commits all that waits as one group.
  result<void> commit() {
    auto group = std::exchange(waiting_, {});
    std::vector<std::vector<bytes_view>> views;
    std::vector<committed_entry> entries;
    views.reserve(group.size());
    for (auto& each : group) {
      last_ = {log_index{last_.index.value() + static_cast<std::int64_t>(each.records.size())},
               term{1}};
      entries.push_back({last_, views.emplace_back(each.records.begin(), each.records.end())});
    }
    auto applied = entries.empty() ? result<void>{} : listener_->apply(entries);
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i].done(entries[i].position);
    }
    return applied;
  }
  void fail_all(errc why) {
    for (auto& each : std::exchange(waiting_, {})) {
      each.done(make_error_code(why));
    }
  }
  void lose_leadership() {
    leading_ = false;
    fail_all(errc::outcome_unknown);
    listener_->leadership_changed(std::nullopt);
  }
  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }
  [[nodiscard]] quorum_listener& listener() { return *listener_; }

  bool commit_at_once = true;
  std::size_t records_max = 1'000'000;

 private:
  struct proposal {
    std::vector<byte_buffer> records;
    completion done;
  };
  quorum_listener* listener_ = nullptr;
  bool leading_ = false;
  std::deque<proposal> waiting_;
  committed_position last_{log_index{0}, term{1}};
  std::string report_;
};

/// SplitMix64.
class counting_random final : public io::random {
 public:
  explicit counting_random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() noexcept override {
    state_ += 0x9E3779B97F4A7C15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace tidemill::metadata
