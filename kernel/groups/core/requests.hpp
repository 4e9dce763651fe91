#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "groups/core/errc.hpp"
#include "groups/core/state_records.hpp"

namespace tidemill::groups {

// What is asked. All views are borrowed during the call only.

/// Names a request that may be answered later; chosen by the caller, never used twice.
using request_token = std::uint64_t;

/// Who a client says it is.
struct member_claim {
  std::string_view id;
  std::optional<std::string_view> instance;
};

struct join_request {
  std::string_view group;
  member_claim member;
  std::string_view client_id;
  std::string_view client_host;
  std::string_view protocol_type;
  struct protocol {
    std::string_view name;
    bytes_view metadata;
  };
  /// The member's preference first.
  std::vector<protocol> protocols;
  std::chrono::milliseconds session_timeout{0};
  std::chrono::milliseconds rebalance_timeout{0};
  /// A new member has to come twice (JoinGroup 4 and above, KIP-394).
  bool member_id_required = false;
  /// The leader understands that its group keeps its assignment (JoinGroup 9, KIP-814).
  bool may_skip_assignment = false;
  /// What the member is called if it is new; nobody has had this id before.
  std::string_view new_member_id;
};

/// What the member brings, in bytes.
[[nodiscard]] std::size_t size_of_protocols(const join_request& request) noexcept;

struct sync_request {
  std::string_view group;
  member_claim member;
  std::int32_t generation = -1;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol;
  /// Sent by the leader.
  std::vector<std::pair<std::string_view, bytes_view>> assignments;
};

struct heartbeat_request {
  std::string_view group;
  member_claim member;
  std::int32_t generation = -1;
};

struct commit_request {
  std::string_view group;
  member_claim member;
  /// Or the member's epoch in groups of the new protocol. -1: no member.
  std::int32_t generation = -1;
  std::optional<std::int64_t> expire_time_ms;
  struct row {
    std::string_view topic;
    uuid topic_id;
    std::int32_t partition = 0;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;
    std::string_view metadata;
  };
  std::vector<row> rows;
};

struct delete_offsets_request {
  std::string_view group;
  struct row {
    std::string_view topic;
    std::int32_t partition = 0;
  };
  std::vector<row> rows;
};

struct fetch_request {
  std::string_view group;
  /// Given by members of groups of the new protocol only.
  std::optional<std::string_view> member;
  std::int32_t member_epoch = -1;
  struct topic {
    std::string_view name;
    std::vector<std::int32_t> partitions;
  };
  /// nullopt: everything that the group has.
  std::optional<std::vector<topic>> topics;
};

/// ConsumerGroupHeartbeat (KIP-848). Owned, for it may have to wait for the one before it.
struct consumer_heartbeat {
  std::string group;
  std::string member;
  /// 0 joins, -1 leaves, -2 leaves for a moment (static members).
  std::int32_t epoch = 0;
  std::optional<std::string> instance;
  std::optional<std::string> rack;
  std::int32_t rebalance_timeout_ms = -1;
  std::optional<std::vector<std::string>> topics;
  std::optional<std::string> expression;
  std::optional<std::string> assignor;
  std::optional<partition_set> owned;
  std::string client_id;
  std::string client_host;
  /// A member that joins without an id is given one (version 0).
  bool may_be_nameless = false;
};

// What is answered.

struct consumer_heartbeat_reply {
  errc error = errc::none;
  std::string message = {};
  std::string member = {};
  std::int32_t epoch = 0;
  std::int32_t heartbeat_interval_ms = 0;
  std::optional<partition_set> assignment = {};
};

struct fetch_reply {
  errc error = errc::none;
  struct row {
    std::int32_t partition = 0;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;
    std::string metadata = {};
  };
  struct topic {
    std::string name;
    std::vector<row> rows;
  };
  /// As asked; where everything was asked for, by name.
  std::vector<topic> topics = {};
};

struct join_reply {
  errc error = errc::none;
  std::int32_t generation = -1;
  std::optional<std::string> protocol_type = {};
  std::optional<std::string> protocol = {};
  std::string leader = {};
  bool skip_assignment = false;
  std::string member = {};
  struct row {
    std::string id;
    std::optional<std::string> instance;
    shared_bytes metadata;
  };
  /// For the leader only.
  std::vector<row> members = {};
};

struct sync_reply {
  errc error = errc::none;
  std::optional<std::string> protocol_type = {};
  std::optional<std::string> protocol = {};
  shared_bytes assignment = {};
};

/// For what has an outcome for each row of its request (commit, removal of offsets), or one alone.
struct rows_reply {
  errc error = errc::none;
  /// As many as the request has rows, unless `error` says it all.
  std::vector<errc> rows = {};
};

struct reply {
  request_token to = 0;
  std::variant<join_reply, sync_reply, rows_reply, consumer_heartbeat_reply> what;
};

// What is to be stored.

/// What happens when a write is done; written by the core, read by the core.
struct then_assign {
  std::string group;
  std::uint64_t incarnation = 0;
  std::int32_t generation = -1;
  std::map<std::string, shared_bytes, std::less<>> assignments;
};
struct then_answer_join {
  std::string group;
  request_token to = 0;
  join_reply answer;
};
struct then_apply_rows {
  std::optional<request_token> to;
  /// none for the rows that are stored with this write.
  rows_reply answer;
};
struct then_remove_group {
  std::string group;
  std::uint64_t incarnation = 0;
  std::optional<request_token> to;
};
/// The group as it is once its records are stored.
struct then_adopt {
  std::string group;
  std::uint64_t incarnation = 0;
  std::optional<request_token> to;
  consumer_heartbeat_reply answer;
  std::shared_ptr<class consumer_group> next;
};
struct then_nothing {};

/// Records that go into the log together, in the order in which writes are given out.
struct write {
  std::vector<state_record> records;
  std::variant<then_nothing, then_assign, then_answer_join, then_apply_rows, then_remove_group,
               then_adopt>
      then;
};

/// What an event leads to; the caller performs it in order and hands each write back once its
/// outcome is known (coordinator::written()).
struct actions {
  std::vector<reply> replies;
  std::vector<write> writes;
  /// How many rebalances have begun.
  std::size_t rebalances = 0;

  void answer(request_token to, join_reply what);
  void answer(request_token to, sync_reply what);
  void answer(request_token to, rows_reply what);
  void answer(request_token to, consumer_heartbeat_reply what);
};

// What is described.

struct described_member {
  std::string id;
  std::optional<std::string> instance;
  std::string client_id;
  std::string client_host;
  shared_bytes metadata;
  shared_bytes assignment = {};
};

struct group_description {
  errc error = errc::none;
  std::string state = {};
  std::string protocol_type = {};
  std::string protocol = {};
  std::vector<described_member> members = {};
};

struct described_consumer {
  std::string id;
  consumer_member_record::contents settings;
  std::int32_t epoch = 0;
  partition_set assigned;
  partition_set target;
};

struct consumer_description {
  errc error = errc::none;
  std::string state = {};
  std::int32_t epoch = 0;
  std::int32_t target_epoch = 0;
  std::string assignor = {};
  std::vector<described_consumer> members = {};
};

/// How far one group has come in one partition.
struct committed_progress {
  std::string group;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  /// Of the commit, by the coordinator's wall clock.
  std::int64_t commit_time_ms = 0;
  /// At present, whatever they have subscribed to.
  std::uint32_t member_count = 0;
};

struct listed_group {
  std::string id;
  std::string protocol_type = {};
  // These two live for ever.
  std::string_view state = {};
  std::string_view type = {};
};

}  // namespace tidemill::groups
