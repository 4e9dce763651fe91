#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_function.hpp"
#include "groups/core/coordinator.hpp"

namespace tidemill::groups::test {

/// What is wrong with the coordinator, or with what stands around it. Planted at its edge, by the
/// world: the coordinator itself has none of it.
enum class fault {
  none,
  acknowledge_before_stored,
  lose_a_write,
  reorder_writes,
  answer_twice,
  drop_an_answer,
  take_old_generations,
  swap_assignments,
  name_two_leaders,
  forget_tombstones,
  stop_the_clock,
  let_old_instances_in,
  repeat_generations,
};
inline constexpr int fault_count = 13;

/// One coordinator with its log, many clients and a bad network between them. All of it random, all
/// of it from one seed.
class world {
 public:
  world(std::uint64_t seed, fault planted);
  ~world();

  /// The first broken promise, or an empty text.
  std::string run(int steps);

  struct work_done {
    std::size_t joins = 0;
    std::size_t syncs = 0;
    std::size_t commits = 0;
    std::size_t crashes = 0;
    std::size_t failed_writes = 0;
    std::size_t removals = 0;
    std::size_t replacements = 0;
  };
  [[nodiscard]] const work_done& did() const { return did_; }
  [[nodiscard]] const std::string& trace() const { return trace_; }

 private:
  enum class mood { idle, joining, syncing, stable, gone };
  struct client {
    std::size_t number = 0;
    std::string group;
    std::optional<std::string> instance;
    std::string member;
    std::int32_t generation = -1;
    std::string assignment;
    std::vector<std::string> to_assign;
    mood in = mood::idle;
    std::int64_t asked_at = 0;
    std::int64_t beat_at = 0;
    std::int64_t stalled_until = 0;
    request_token waits_for = 0;
    std::int32_t version = 0;
  };
  enum class kind { join, sync, commit, removal };
  struct asked {
    kind what = kind::join;
    std::size_t client = 0;
    std::string group;
    std::string member;
    std::optional<std::string> instance;
    std::int32_t generation = -1;
    std::int64_t at = 0;
    std::int64_t value = 0;
    std::int32_t partition = 0;
    std::int32_t told_generation = -1;
    /// Who had the instance when the request arrived.
    std::string owner = {};
  };
  using key = std::pair<std::string, std::int32_t>;

  // Chance.
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool one_in(std::uint64_t n) { return pick(n) == 0; }
  void expect(bool holds, const std::string& promise);

  // Network.
  void send(unique_function<void()> delivery);
  void deliver_due();

  // Clients.
  void act(client& who);
  void ask_join(client& who);
  void ask_sync(client& who);
  void ask_heartbeat(client& who);
  void ask_commit(client& who);
  void leave(client& who);
  void take(const asked& request, const join_reply& reply, request_token token);
  void take(const asked& request, const sync_reply& reply, request_token token);
  void take(const asked& request, const rows_reply& reply, request_token token);
  void take_error(client& who, errc error);

  // Administrators, time, disks.
  void one_event();
  void remove_something();
  void finish_a_write(bool healthy);
  void forget_group(const std::string& group);
  void crash();
  void let_time_pass(std::int64_t milliseconds);
  void calm_down();

  // The coordinator.
  [[nodiscard]] moment now() const { return {std::chrono::milliseconds(now_), now_}; }
  void perform(actions out);
  void check_reply(reply& each);
  void check_expiry(const write& planned);
  void put_into_log(const write& stored);
  void check_fetches();
  void check_replay();
  void check_old_instance(const asked& request, errc outcome);
  [[nodiscard]] std::string owner_of(const asked& request) const;
  request_token begin(asked request);
  [[nodiscard]] std::unique_ptr<coordinator> started();

  std::mt19937_64 random_;
  fault planted_;
  std::string broken_;
  std::string trace_;
  work_done did_;
  std::int64_t now_ = 1'000'000;
  group_options options_;
  std::unique_ptr<coordinator> core_;
  std::vector<client> clients_;
  std::multimap<std::int64_t, unique_function<void()>> network_;
  std::deque<write> pending_;
  std::vector<state_record> log_;
  std::map<request_token, asked> open_;
  request_token next_token_ = 1;
  std::int64_t next_value_ = 1;
  std::uint64_t next_member_ = 1;
  bool is_calm_ = false;

  // What the log adds up to, and what was promised.
  std::map<std::string, stored_group> stored_groups_;
  std::map<key, stored_offset> stored_offsets_;
  std::set<key> uncertain_offsets_;
  std::set<std::string> uncertain_groups_;
  struct acknowledged_offset {
    std::int64_t value = 0;
    std::int64_t at = 0;
  };
  std::map<key, acknowledged_offset> acknowledged_;
  std::map<std::string, std::int32_t> told_generation_;
  std::map<std::pair<std::string, std::int32_t>, std::string> leaders_;
  std::map<std::pair<std::string, std::string>, std::string> instance_owner_;
  bool administrator_at_work_ = false;
};

}  // namespace tidemill::groups::test
