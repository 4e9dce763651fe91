// Groups of the new protocol under failing writes, crashes, duplicates and late messages.
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>
#include <set>

#include "base/unique_function.hpp"
#include "groups/core/coordinator.hpp"
#include "tests/simulation/groups_figures.hpp"
#include "tests/support/simulation_seeds.hpp"

namespace tidemill::groups::test {
namespace {

using std::chrono::milliseconds;

enum class fault { none, lose_a_write, answer_before_stored, forget_revocations, stop_the_clock };

class fixed_topics final : public topic_catalog {
 public:
  fixed_topics(std::uint64_t number, std::int32_t partitions)
      : number_(number), topic_{uuid{{1}}, partitions} {}
  [[nodiscard]] std::uint64_t version() const noexcept override { return number_; }
  [[nodiscard]] std::optional<catalog_topic> find(std::string_view) const override {
    return topic_;
  }
  [[nodiscard]] std::optional<std::vector<std::string>> match(std::string_view) const override {
    return std::vector<std::string>{"t"};
  }

 private:
  std::uint64_t number_;
  catalog_topic topic_;
};

/// Clients of one group: each works on what it was last told, and gives back what it is to.
class consumers {
 public:
  consumers(std::uint64_t seed, fault planted) : random_(seed), planted_(planted) {
    catalog_ = std::make_shared<fixed_topics>(1, partitions_);
    clients_.resize(2 + pick(5));
    start();
  }

  std::string run(int steps) {
    for (int step = 0; step < steps && broken_.empty(); ++step) {
      one_event();
      check();
    }
    calm_ = true;
    for (int round = 0; round < 200 && broken_.empty(); ++round) {
      finish_writes();
      for (std::size_t number = 0; number < clients_.size(); ++number) {
        beat(number, false);
        deliver();
        finish_writes();
        deliver();
      }
      pass(1000);
      check();
    }
    std::size_t held = 0;
    for (const client& each : clients_) {
      held += partition_count(each.works_on);
    }
    expect(held == static_cast<std::size_t>(partitions_), "some partitions are nobody's");
    expect(core_->describe_consumer("g").state == "Stable", "the group finds no peace");
    return broken_;
  }
  [[nodiscard]] std::size_t moves() const { return moves_; }
  [[nodiscard]] std::size_t crashes() const { return crashes_; }

 private:
  struct client {
    std::string member;
    std::int32_t epoch = 0;
    partition_set works_on;
    std::int64_t heard_at = 0;
    std::int64_t asked_at = 0;
    request_token waits_for = 0;
  };

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  void expect(bool holds, const char* promise) {
    if (!holds && broken_.empty()) {
      broken_ = std::string(promise) + " at " + std::to_string(now_);
    }
  }
  [[nodiscard]] moment now() const { return {milliseconds(now_), now_}; }

  void start() {
    core_ = std::make_unique<coordinator>(options_);
    core_->topics_changed(catalog_);
    for (const state_record& each : log_) {
      core_->replay(each);
    }
    actions out;
    core_->loaded(now(), out);
    perform(std::move(out));
  }

  void one_event() {
    switch (pick(12)) {
      case 0:
        return pick(4) == 0 ? crash() : pass(static_cast<std::int64_t>(pick(20'000)));
      case 1:
        if (pick(5) == 0) {
          catalog_ = std::make_shared<fixed_topics>(++catalog_number_, ++partitions_);
          core_->topics_changed(catalog_);
        }
        return;
      case 2:
        return leave(pick(clients_.size()));
      case 3:
      case 4:
        return finish_a_write(false);
      case 5:
      case 6:
        return deliver();
      default:
        beat(pick(clients_.size()), pick(10) == 0);
        return pass(static_cast<std::int64_t>(pick(600)));
    }
  }

  void beat(std::size_t number, bool twice) {
    client& who = clients_[number];
    if (who.waits_for != 0 && now_ - who.asked_at < 5000) {
      return;
    }
    if (who.member.empty()) {
      who.member = "member-" + std::to_string(next_member_++);
      who.heard_at = now_;
    }
    consumer_heartbeat request;
    request.group = "g";
    request.member = who.member;
    request.epoch = who.epoch;
    request.rebalance_timeout_ms = 60'000;
    request.topics = {"t"};
    request.owned = who.works_on;
    if (planted_ == fault::forget_revocations && who.epoch != 0) {
      request.owned = partition_set{};  // and works on
    }
    who.asked_at = now_;
    for (int copy = twice ? 2 : 1; copy > 0; --copy) {
      const request_token token = ++last_token_;
      who.waits_for = token;
      asked_[token] = {number, who.member};
      actions out;
      core_->consumer_beat(request, token, now(), out);
      perform(std::move(out));
    }
  }

  void leave(std::size_t number) {
    client& who = clients_[number];
    if (who.member.empty() || pick(3) != 0) {
      return;
    }
    consumer_heartbeat request;
    request.group = "g";
    request.member = who.member;
    request.epoch = -1;
    actions out;
    core_->consumer_beat(request, ++last_token_, now(), out);
    who = {};
    perform(std::move(out));
  }

  void perform(actions out) {
    for (write& each : out.writes) {
      if (planted_ == fault::answer_before_stored) {
        write told = each;
        pending_.push_back(std::move(each));
        actions more;
        core_->written(std::move(told), errc::none, now(), more);
        perform(std::move(more));
      } else {
        pending_.push_back(std::move(each));
      }
    }
    for (reply& each : out.replies) {
      replies_.push_back(std::move(each));
    }
  }

  void deliver() {
    while (!replies_.empty()) {
      reply each = std::move(replies_.front());
      replies_.pop_front();
      const auto found = asked_.find(each.to);
      if (found == asked_.end() || (!calm_ && pick(20) == 0)) {
        continue;  // lost
      }
      take(clients_[found->second.first], found->second.second, each);
    }
  }

  void take(client& who, const std::string& member, const reply& each) {
    const auto& told = std::get<consumer_heartbeat_reply>(each.what);
    if (who.member != member || who.waits_for != each.to) {
      return;
    }
    who.waits_for = 0;
    if (told.error == errc::not_available || told.error == errc::loading) {
      return;
    }
    if (told.error != errc::none) {
      who = {};  // lets go of everything, and comes as somebody else
      return;
    }
    who.heard_at = now_;
    who.epoch = told.epoch;
    if (told.assignment && *told.assignment != who.works_on) {
      ++moves_;
      who.works_on = *told.assignment;
    }
  }

  void finish_a_write(bool healthy) {
    if (pending_.empty()) {
      return;
    }
    write done = std::move(pending_.front());
    pending_.pop_front();
    const errc outcome = healthy || pick(10) != 0 ? errc::none : errc::not_available;
    if (outcome == errc::none && !(planted_ == fault::lose_a_write && pick(4) == 0)) {
      log_.insert(log_.end(), done.records.begin(), done.records.end());
    }
    if (planted_ == fault::answer_before_stored) {
      return;
    }
    actions out;
    core_->written(std::move(done), outcome, now(), out);
    perform(std::move(out));
  }
  void finish_writes() {
    while (!pending_.empty()) {
      finish_a_write(true);
    }
  }

  void crash() {
    ++crashes_;
    for (std::size_t kept = pick(pending_.size() + 1); kept > 0; --kept) {
      log_.insert(log_.end(), pending_.front().records.begin(), pending_.front().records.end());
      pending_.pop_front();
    }
    pending_.clear();
    replies_.clear();
    asked_.clear();
    for (client& each : clients_) {
      each.waits_for = 0;
    }
    start();
  }

  /// Who is not heard of lets go by himself before the coordinator gives it to another.
  void pass(std::int64_t duration) {
    now_ += duration;
    for (client& each : clients_) {
      if (!each.member.empty() &&
          now_ - each.heard_at > options_.consumer_session_timeout.count() / 2) {
        each = {};
      }
    }
    if (planted_ != fault::stop_the_clock && core_->next_deadline() &&
        core_->next_deadline()->count() <= now_) {
      actions out;
      core_->advance(now(), out);
      perform(std::move(out));
    }
  }

  void check() {
    expect(has_true_figures(*core_), "the figures are not those of the groups");
    std::set<std::int32_t> taken;
    for (const client& each : clients_) {
      for (const auto& [topic, partitions] : each.works_on) {
        for (const std::int32_t partition : partitions) {
          expect(taken.insert(partition).second, "two members work on one partition");
        }
      }
    }
  }

  std::mt19937_64 random_;
  fault planted_;
  group_options options_;
  std::shared_ptr<const topic_catalog> catalog_;
  std::uint64_t catalog_number_ = 1;
  std::int32_t partitions_ = 6;
  std::unique_ptr<coordinator> core_;
  std::vector<client> clients_;
  std::vector<state_record> log_;
  std::deque<write> pending_;
  std::deque<reply> replies_;
  std::map<request_token, std::pair<std::size_t, std::string>> asked_;
  request_token last_token_ = 0;
  std::uint64_t next_member_ = 1;
  std::int64_t now_ = 1'000'000;
  bool calm_ = false;
  std::string broken_;
  std::size_t moves_ = 0;
  std::size_t crashes_ = 0;
};

constexpr int steps = 400;
const std::uint64_t seed_count = tidemill::test::simulation_seeds();

TEST(ConsumerGroups, keep_their_promises_on_every_seed) {
  std::size_t moves = 0;
  std::size_t crashes = 0;
  const auto run = [&](std::uint64_t seed) {
    consumers some(seed, fault::none);
    ASSERT_EQ(some.run(steps), "") << "TIDEMILL_SIMULATION_SEED=" << seed;
    EXPECT_GT(some.moves(), 0U) << "TIDEMILL_SIMULATION_SEED=" << seed;
    moves += some.moves();
    crashes += some.crashes();
  };
  for (std::uint64_t seed = 1; seed <= seed_count && !HasFatalFailure(); ++seed) {
    run(seed);
  }
  if (const char* wanted = std::getenv("TIDEMILL_SIMULATION_SEED"); wanted != nullptr) {
    run(std::strtoull(wanted, nullptr, 10));
  }
  EXPECT_GT(moves, 10 * seed_count);
  EXPECT_GT(crashes, seed_count);
}

class PlantedConsumerFault : public testing::TestWithParam<int> {};

TEST_P(PlantedConsumerFault, is_found) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    if (!consumers(seed, static_cast<fault>(GetParam())).run(steps).empty()) {
      return;
    }
  }
  FAIL() << "nobody noticed fault " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(ConsumerGroups, PlantedConsumerFault, testing::Range(1, 5));

}  // namespace
}  // namespace tidemill::groups::test
