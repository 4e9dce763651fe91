#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "groups/core/group_options.hpp"
#include "groups/core/rebalance_pace.hpp"
#include "groups/core/requests.hpp"

namespace tidemill::groups {

/// A member of a classic group.
struct classic_member {
  struct protocol {
    std::string name;
    shared_bytes metadata;
  };

  std::string id;
  std::optional<std::string> instance;
  std::string client_id;
  std::string client_host;
  std::chrono::milliseconds session_timeout{0};
  std::chrono::milliseconds rebalance_timeout{0};
  std::vector<protocol> protocols;
  shared_bytes assignment;

  /// The JoinGroup and the SyncGroup that wait.
  std::optional<request_token> joining;
  std::optional<request_token> syncing;
  /// Waits in its first join: cannot send heartbeats yet.
  bool is_new = false;
  /// Has not asked for its assignment in this generation.
  bool owes_sync = false;
  /// When it is taken for dead.
  std::chrono::milliseconds deadline{0};

  [[nodiscard]] const classic_member::protocol* find_protocol(std::string_view name) const noexcept;
  [[nodiscard]] bool has_same_protocols(const join_request& request) const noexcept;
  [[nodiscard]] std::size_t metadata_bytes() const noexcept;
};

/// One group of the classic protocol: members come together in a join phase, the leader deals out
/// the work, everybody fetches his part in a sync phase. What members send each other is opaque. A
/// state machine: no clock, no I/O; what follows from an event is in `actions`.
///
/// Nothing that a restart must know is answered before it is stored: assignments are given out when
/// the write that holds them is done. A group without members and protocol is one that only stores
/// offsets.
class classic_group {
 public:
  enum class phase : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

  classic_group(const group_options& options, std::string id, std::uint64_t incarnation);

  // Events -------------------------------------------------------------------------------------
  void join(const join_request& request, request_token to, const moment& now, actions& out);
  void sync(const sync_request& request, request_token to, const moment& now, actions& out);
  [[nodiscard]] errc heartbeat(const heartbeat_request& request, const moment& now);
  /// One outcome for each claim; an empty id names a static member by its instance alone.
  [[nodiscard]] std::vector<errc> leave(std::span<const member_claim> members, const moment& now,
                                        actions& out);
  void assignment_written(const then_assign& written, errc outcome, const moment& now,
                          actions& out);
  /// Deadlines that have come.
  void advance(const moment& now, actions& out);
  /// Whether a member may commit; keeps the member alive.
  [[nodiscard]] errc check_commit(const commit_request& request, const moment& now);
  /// Answers everybody who waits.
  void resign(errc why, actions& out);

  // Restart ------------------------------------------------------------------------------------
  void restore(const stored_group& from);
  /// After the last restore(): members get a whole session to show themselves.
  void restored(const moment& now, actions& out);

  // State --------------------------------------------------------------------------------------
  [[nodiscard]] phase now_in() const noexcept { return phase_; }
  [[nodiscard]] std::int32_t generation() const noexcept { return generation_; }
  [[nodiscard]] const std::string& leader() const noexcept { return leader_; }
  [[nodiscard]] std::string_view state_name() const noexcept;
  [[nodiscard]] const std::optional<std::string>& protocol_type() const noexcept {
    return protocol_type_;
  }
  [[nodiscard]] const std::map<std::string, classic_member, std::less<>>& members() const noexcept {
    return members_;
  }
  /// No members, nor any who were given an id and have not come back yet.
  [[nodiscard]] bool is_idle() const noexcept { return members_.empty() && pending_.empty(); }
  /// The log has a record of it, or may have one soon.
  [[nodiscard]] bool is_recorded() const noexcept { return recorded_; }
  [[nodiscard]] std::int64_t state_time_ms() const noexcept { return state_time_ms_; }
  [[nodiscard]] bool is_consumer_protocol() const noexcept { return protocol_type_ == "consumer"; }
  /// The topics of all members; nullopt when they are not known.
  [[nodiscard]] const std::optional<std::set<std::string, std::less<>>>& subscribed_topics()
      const noexcept {
    return subscribed_;
  }
  /// A topic whose offsets are not to be taken away from under the group.
  [[nodiscard]] bool is_subscribed_to(std::string_view topic) const noexcept;
  [[nodiscard]] group_description describe() const;
  /// No deadline lies before it; nullopt: none at all.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_deadline() const noexcept;
  /// Of its members, and of those who have been given an id and are to come with it.
  [[nodiscard]] std::size_t metadata_bytes() const noexcept {
    return metadata_bytes_ + pending_bytes_;
  }

 private:
  // Join.
  [[nodiscard]] errc judge_join(const join_request& request) const noexcept;
  using pending_map = std::map<std::string, std::chrono::milliseconds, std::less<>>;
  void expect(std::string_view id, std::chrono::milliseconds until);
  pending_map::iterator expect_no_more(pending_map::iterator whom);
  [[nodiscard]] bool has_room_for(const join_request& request) const noexcept;
  /// Counts what a member knows in, or out before it goes or changes.
  void know(const classic_member& member);
  void forget(const classic_member& member);
  [[nodiscard]] bool is_known_to_all(std::string_view protocol) const noexcept;
  [[nodiscard]] bool supports(const join_request& request) const noexcept;
  void join_new(const join_request& request, request_token to, const moment& now, actions& out);
  void join_known(const join_request& request, request_token to, const moment& now, actions& out);
  void join_as_replacement(const join_request& request, request_token to, const moment& now,
                           actions& out);
  void add_member(const join_request& request, std::string_view id, request_token to,
                  const moment& now, actions& out);
  void update_member(classic_member& member, const join_request& request,
                     std::optional<request_token> to, actions& out);
  void set_protocols(classic_member& member, const join_request& request);
  void replace_static_member(std::string_view old_id, std::string_view new_id, actions& out);
  [[nodiscard]] join_reply joined(const classic_member& member, bool with_members) const;

  // Rebalance.
  [[nodiscard]] bool can_rebalance() const noexcept;
  void rebalance_or_complete_join(const moment& now, actions& out);
  void prepare_rebalance(const moment& now, actions& out);
  [[nodiscard]] bool has_everybody_joined() const noexcept;
  void complete_join_if_all(const moment& now, actions& out);
  void join_deadline_passed(const moment& now, actions& out);
  void complete_join(const moment& now, actions& out);
  [[nodiscard]] bool elect_joined_leader();
  void begin_generation(const moment& now, actions& out);
  [[nodiscard]] std::string select_protocol() const;
  void learn_subscriptions();

  // Sync.
  [[nodiscard]] errc judge_sync(const sync_request& request) const noexcept;
  void store_assignments(const sync_request& request, actions& out);
  void give_assignments(const then_assign& written, const moment& now, actions& out);
  void fail_syncs(errc why, const moment& now, actions& out);
  void paid_sync(classic_member& member) noexcept;
  void sync_deadline_passed(const moment& now, actions& out);
  [[nodiscard]] sync_reply synced(const classic_member& member) const;

  // Members.
  [[nodiscard]] errc check(const member_claim& claim) const noexcept;
  [[nodiscard]] errc leave_one(const member_claim& claim, actions& out);
  void remove_member(std::string_view id, errc why, actions& out);
  void keep_alive(classic_member& member, const moment& now);
  void arm(std::chrono::milliseconds deadline) noexcept;
  void find_next_deadline() noexcept;
  void expire_members(const moment& now, actions& out);
  void enter(phase next, const moment& now);
  void store(const std::map<std::string, shared_bytes, std::less<>>* assignments,
             decltype(write::then) then, actions& out);
  [[nodiscard]] stored_group as_stored(
      const std::map<std::string, shared_bytes, std::less<>>* assignments) const;
  [[nodiscard]] std::chrono::milliseconds longest_rebalance_timeout() const noexcept;
  void count_metadata() noexcept;

  const group_options* options_;
  std::string id_;
  std::uint64_t incarnation_;
  phase phase_ = phase::empty;
  phase previous_phase_ = phase::empty;
  std::int64_t state_time_ms_ = -1;
  std::int32_t generation_ = 0;
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_;
  /// Empty: none.
  std::string leader_;
  std::map<std::string, classic_member, std::less<>> members_;
  /// Instance id to member id.
  std::map<std::string, std::string, std::less<>> static_members_;
  /// Were given an id and have to come back with it until then.
  pending_map pending_;
  std::size_t pending_bytes_ = 0;
  std::optional<std::set<std::string, std::less<>>> subscribed_;
  std::size_t metadata_bytes_ = 0;
  /// How many members know each protocol.
  std::map<std::string, std::size_t, std::less<>> knowers_;

  /// The join phase ends, or is looked at again.
  std::optional<std::chrono::milliseconds> join_deadline_;
  /// In the first rebalance of an empty group: when the last member has come, and how long it may
  /// be put off for others.
  struct initial_delay {
    std::chrono::milliseconds newest{0};
    std::chrono::milliseconds latest{0};
  };
  std::optional<initial_delay> initial_;
  rebalance_pace pace_;
  std::optional<std::chrono::milliseconds> sync_deadline_;
  bool recorded_ = false;
  /// A write with the assignments of this generation is under way.
  bool storing_assignments_ = false;
  std::optional<std::chrono::milliseconds> wake_at_;
};

}  // namespace tidemill::groups
