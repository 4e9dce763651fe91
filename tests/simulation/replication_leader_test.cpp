// Random events against the leader's state machine, with a model that knows what every replica
// really holds. Same seed, same trace.
#include <cstdlib>
#include <numeric>
#include <random>
#include <set>
#include <sstream>

#include "replication/core/leader.hpp"

namespace tidemill::replication {
namespace {

using namespace std::chrono_literals;

enum class fault { none, watermark_before_fetch, acknowledge_early, release_twice };

class simulation {
 public:
  simulation(std::uint64_t seed, fault planted) : random_(seed), planted_(planted) {
    replica_count_ = 1 + static_cast<int>(pick(4));
    min_in_sync_ = 1 + static_cast<std::int32_t>(pick(3));
    sync_first_ = pick(2) == 0;
    ends_.assign(static_cast<std::size_t>(replica_count_), 0);
    elect();
  }

  /// The first broken invariant, or an empty text.
  std::string run(int steps) {
    for (int i = 0; i < steps && broken_.empty(); ++i) {
      step_ = i;
      one_event();
      check();
    }
    if (broken_.empty()) {
      perform(resigned{});
      expect(waiting_.empty(), "a waiter was never released");
    }
    return broken_;
  }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] const std::string& trace() const { return trace_; }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  std::size_t follower() { return 1 + pick(static_cast<std::uint64_t>(replica_count_ - 1)); }
  void expect(bool holds, const char* what) {
    if (!holds && broken_.empty()) {
      broken_ = std::string(what) + " at step " + std::to_string(step_);
    }
  }

  template <class Event>
  void perform(const Event& event) {
    actions out;
    leader_.step(event, out);
    std::ostringstream line;
    line << leader_.high_watermark().value() << ' ' << leader_.last_stable_offset().value() << ' '
         << out.releases.size() << '\n';
    trace_ += line.str();
    for (const released& each : out.releases) {
      settle(each);
      if (planted_ == fault::release_twice && pick(50) == 0) {
        settle(each);
      }
    }
    if (out.proposal) {
      proposals_.push_back(*out.proposal);
    }
  }

  void settle(const released& each) {
    const auto found = waiting_.find(each.token);
    expect(found != waiting_.end(), "a waiter was released twice");
    if (found == waiting_.end()) {
      return;
    }
    if (!each.failure) {
      ++acknowledged_;
      if (found->second.what == acknowledgement::all) {
        expect(committed_end() >= found->second.end, "acknowledged before it was committed");
      } else {
        expect(!sync_first_ || synced_ >= found->second.end, "acknowledged before it was synced");
      }
    }
    waiting_.erase(found);
  }

  /// What every member of the controller's in-sync set really holds.
  std::int64_t committed_end() {
    std::int64_t end = sync_first_ ? synced_ : ends_[0];
    for (const int member : in_sync_) {
      if (member != 0) {
        end = std::min(end, ends_[static_cast<std::size_t>(member)]);
      }
    }
    if (planted_ == fault::acknowledge_early) {
      end -= 1;
    }
    return std::max(end, committed_floor_);
  }

  void elect() {
    ++epoch_;
    ++version_;
    in_sync_.clear();
    in_sync_.insert(0);
    for (int i = 1; i < replica_count_; ++i) {
      if (ends_[static_cast<std::size_t>(i)] >= watermark_ && pick(2) == 0) {
        in_sync_.insert(i);
      }
      // The log of a new leader is the truth: longer ones are cut to it.
      ends_[static_cast<std::size_t>(i)] = std::min(ends_[static_cast<std::size_t>(i)], ends_[0]);
    }
    proposals_.clear();
    elected event;
    event.epoch = leader_epoch{epoch_};
    event.version = partition_epoch{version_};
    event.self = broker_id{0};
    for (int i = 0; i < replica_count_; ++i) {
      event.replicas.emplace_back(i);
    }
    event.in_sync = members();
    event.in_sync_replicas_min = min_in_sync_;
    event.sync_before_commit = sync_first_;
    event.lag_max = 5s;
    event.log_end = offset{ends_[0]};
    event.synced_end = offset{synced_};
    event.high_watermark = offset{watermark_};
    event.now = now_;
    committed_floor_ = watermark_;
    perform(event);
    unstable_.reset();
  }

  std::vector<broker_id> members() const {
    std::vector<broker_id> ids;
    for (const int each : in_sync_) {
      ids.emplace_back(each);
    }
    return ids;
  }

  void one_event() {
    now_ += std::chrono::milliseconds(pick(400));
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        return append();
      case 3:
        synced_ +=
            static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(ends_[0] - synced_) + 1));
        return perform(synced{offset{synced_}});
      case 4:
      case 5:
      case 6:
      case 7:
        return replica_count_ > 1 ? fetch() : perform(ticked{now_});
      case 8:
        return decide();
      case 9:
        return perform(ticked{now_});
      case 10:
        return expire();
      default:
        return rare();
    }
  }

  void append() {
    const auto what = pick(2) == 0 ? acknowledgement::all : acknowledgement::leader;
    if (!leader_.admit(what == acknowledgement::all, leader_epoch{epoch_})) {
      return;
    }
    const std::int64_t begin = ends_[0];
    ends_[0] += 1 + static_cast<std::int64_t>(pick(5));
    if (!unstable_ && pick(8) == 0) {
      unstable_ = begin;
      perform(unstable_moved{offset{begin}});
    }
    perform(appended{offset{ends_[0]}});
    const offset end{ends_[0]};
    if (leader_.is_acknowledged(what, end)) {
      if (what == acknowledgement::all) {
        expect(committed_end() >= end.value(), "acknowledged before it was committed");
      }
      ++acknowledged_;
      return;
    }
    waiting_[++token_] = {token_, end.value(), what};
    perform(awaited{token_, end, what});
  }

  void fetch() {
    const std::size_t who = follower();
    if (planted_ == fault::watermark_before_fetch) {
      // The leader is told of records that the follower only has asked for.
      perform(replica_fetched{broker_id{static_cast<std::int32_t>(who)}, offset{ends_[0]}, now_});
      return;
    }
    perform(replica_fetched{broker_id{static_cast<std::int32_t>(who)}, offset{ends_[who]}, now_});
    // It receives some of what follows, or nothing.
    ends_[who] +=
        static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(ends_[0] - ends_[who]) + 1));
  }

  /// The controller takes a proposal, loses it, refuses it, or takes it and its answer is late.
  void decide() {
    if (proposals_.empty()) {
      return;
    }
    const in_sync_proposal proposal = proposals_.front();
    proposals_.erase(proposals_.begin());
    const bool valid =
        proposal.epoch == leader_epoch{epoch_} && proposal.version == partition_epoch{version_};
    if (!valid || pick(4) == 0) {
      return perform(in_sync_refused{});
    }
    ++version_;
    in_sync_.clear();
    for (const broker_id id : proposal.in_sync) {
      in_sync_.insert(id.value());
    }
    if (pick(4) == 0) {
      perform(in_sync_refused{});  // the answer is lost, metadata comes later
      fetch_if_any();
    }
    perform(in_sync_committed{partition_epoch{version_}, members(), now_});
  }
  void fetch_if_any() {
    if (replica_count_ > 1) {
      fetch();
    }
  }

  void expire() {
    if (!waiting_.empty()) {
      perform(wait_expired{waiting_.begin()->first});
    }
  }

  void rare() {
    switch (pick(4)) {
      case 0:
        return elect();
      case 1:
        unstable_.reset();
        return perform(unstable_moved{});
      case 2:
        now_ += 6s;
        return perform(ticked{now_});
      default:
        if (replica_count_ > 1) {
          perform(replica_eligible{broker_id{static_cast<std::int32_t>(follower())}, pick(2) == 0});
        }
    }
  }

  void check() {
    const std::int64_t watermark = leader_.high_watermark().value();
    expect(watermark >= watermark_, "the high watermark fell");
    watermark_ = watermark;
    expect(watermark <= ends_[0], "the high watermark passed the log end");
    expect(leader_.last_stable_offset() <= leader_.high_watermark(),
           "the last stable offset passed the high watermark");
    expect(!unstable_ ||
               leader_.last_stable_offset().value() <= std::max(*unstable_, committed_floor_),
           "the last stable offset passed an open transaction");
    expect(watermark <= std::max(committed_end(), committed_floor_),
           "the high watermark passed the log end of an in-sync replica");
    committed_floor_ = std::max(committed_floor_, watermark);
    expect(leader_.waiting() == waiting_.size(), "waiters were lost");
  }

  struct waiting_append {
    waiter_token token;
    std::int64_t end;
    acknowledgement what;
  };

  std::mt19937_64 random_;
  fault planted_;
  leader leader_;
  int replica_count_ = 1;
  std::int32_t min_in_sync_ = 1;
  bool sync_first_ = false;
  std::int32_t epoch_ = 0;
  std::int32_t version_ = 0;
  std::vector<std::int64_t> ends_;
  std::int64_t synced_ = 0;
  std::set<int> in_sync_;
  std::vector<in_sync_proposal> proposals_;
  std::map<waiter_token, waiting_append> waiting_;
  waiter_token token_ = 0;
  std::int64_t watermark_ = 0;
  std::int64_t committed_floor_ = 0;
  std::optional<std::int64_t> unstable_;
  monotonic_time now_{1h};
  std::size_t acknowledged_ = 0;
  int step_ = 0;
  std::string broken_;
  std::string trace_;
};

constexpr int steps = 400;
constexpr std::uint64_t seeds = 2000;

TEST(leader_simulation, invariants_hold_for_random_events) {
  std::size_t acknowledged = 0;
  std::vector<std::uint64_t> all(seeds);
  std::iota(all.begin(), all.end(), 1);
  if (const char* extra = std::getenv("TIDEMILL_SIMULATION_SEED")) {
    all.push_back(std::strtoull(extra, nullptr, 10));
  }
  for (const std::uint64_t seed : all) {
    simulation run(seed, fault::none);
    ASSERT_EQ(run.run(steps), "") << "TIDEMILL_SIMULATION_SEED=" << seed;
    acknowledged += run.acknowledged();
  }
  EXPECT_GT(acknowledged, seeds * 20) << "the simulation hardly does anything";
}

TEST(leader_simulation, same_seed_gives_same_trace) {
  simulation first(7, fault::none);
  simulation second(7, fault::none);
  EXPECT_EQ(first.run(steps), "");
  EXPECT_EQ(second.run(steps), "");
  EXPECT_EQ(first.trace(), second.trace());
}

TEST(leader_simulation, planted_faults_are_caught) {
  for (const fault planted :
       {fault::watermark_before_fetch, fault::acknowledge_early, fault::release_twice}) {
    bool caught = false;
    for (std::uint64_t seed = 1; seed <= 50 && !caught; ++seed) {
      caught = !simulation(seed, planted).run(steps).empty();
    }
    EXPECT_TRUE(caught) << static_cast<int>(planted);
  }
}

}  // namespace
}  // namespace tidemill::replication
