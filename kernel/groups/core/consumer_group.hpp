#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "groups/core/assignment.hpp"
#include "groups/core/group_options.hpp"
#include "groups/core/requests.hpp"
#include "groups/core/topic_catalog.hpp"

namespace tidemill::groups {

/// One group of the new protocol (KIP-848): the coordinator assigns the partitions, and brings each
/// member there step by step, with heartbeats. A value: an event is worked out on a copy, which
/// takes the group's place once the records that the event makes are stored.
class consumer_group {
 public:
  consumer_group(const group_options& options, std::string id);

  /// What is wrong with a heartbeat, whatever the group; nullopt: nothing.
  [[nodiscard]] static std::optional<std::string> problem_of(const consumer_heartbeat& request);

  struct outcome {
    consumer_heartbeat_reply reply;
    /// Empty: nothing has changed that a restart must know.
    std::vector<state_record> records;
  };
  /// `catalog` may be nullptr: no topics.
  [[nodiscard]] outcome heartbeat(const consumer_heartbeat& request, const topic_catalog* catalog,
                                  const moment& now);
  /// The reply to a member that says nothing new, in a group in which nothing is to be done;
  /// nullopt: heartbeat() has to look.
  [[nodiscard]] std::optional<consumer_heartbeat_reply> keep_alive(
      const consumer_heartbeat& request, const topic_catalog* catalog, const moment& now);
  /// Sessions and revocations whose time is up.
  [[nodiscard]] std::vector<state_record> advance(const moment& now);
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_deadline() const noexcept;
  /// Of a commit or fetch by a member.
  [[nodiscard]] errc check_member(const member_claim& claim, std::int32_t epoch) const noexcept;

  void replay(const consumer_epoch_record& record);
  void replay(const consumer_member_record& record);
  void replay(const consumer_target_epoch_record& record);
  void replay(const consumer_target_record& record);
  void replay(const consumer_current_record& record);
  void restored(const moment& now);

  [[nodiscard]] std::string_view state_name() const noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return members_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  [[nodiscard]] bool is_subscribed_to(std::string_view topic) const noexcept;
  [[nodiscard]] consumer_description describe() const;
  /// What deletes all of it but its offsets.
  [[nodiscard]] std::vector<state_record> tombstones() const;
  /// What its members subscribe to, in bytes; goes over all of them.
  [[nodiscard]] std::size_t metadata_bytes() const noexcept;

 private:
  struct member {
    consumer_member_record::contents settings;
    consumer_current_record::contents current;
    partition_set target;
    std::chrono::milliseconds session_deadline{0};
    std::optional<std::chrono::milliseconds> revoke_deadline;
  };
  using member_map = std::map<std::string, member, std::less<>>;

  [[nodiscard]] static outcome refused(errc why, std::string message);
  [[nodiscard]] outcome leave(const consumer_heartbeat& request);
  void remove(std::string_view id, std::vector<state_record>& records);
  struct found_member {
    errc error = errc::none;
    bool is_new = false;
  };
  [[nodiscard]] found_member admit(const consumer_heartbeat& request,
                                   std::vector<state_record>& records);
  [[nodiscard]] found_member admit_static(const consumer_heartbeat& request,
                                          std::vector<state_record>& records);
  [[nodiscard]] errc check_epoch(const member& who,
                                 const consumer_heartbeat& request) const noexcept;
  /// True when the group has to be assigned anew.
  [[nodiscard]] bool update_settings(const std::string& id, const consumer_heartbeat& request,
                                     bool is_new, std::vector<state_record>& records);
  [[nodiscard]] bool update_topics(const topic_catalog* catalog);
  [[nodiscard]] std::set<std::string> topics_of(const consumer_member_record::contents& settings,
                                                const topic_catalog* catalog) const;
  void assign_anew(std::vector<state_record>& records);
  void advance_epoch(std::vector<state_record>& records);
  [[nodiscard]] std::string assignor() const;

  [[nodiscard]] consumer_current_record::contents reconciled(
      const member& who, const std::string& id, const std::optional<partition_set>& owned) const;
  [[nodiscard]] consumer_current_record::contents next_assignment(
      const member& who, const std::string& id, std::int32_t epoch,
      const std::optional<partition_set>& owned) const;
  [[nodiscard]] std::set<std::pair<uuid, std::int32_t>> held_by_others(const std::string& id) const;
  void arm(std::chrono::milliseconds deadline) noexcept;

  const group_options* options_;
  std::string id_;
  /// The first member makes it 2, as in Kafka.
  std::int32_t epoch_ = 1;
  std::int32_t target_epoch_ = 0;
  std::int64_t metadata_hash_ = 0;
  std::uint64_t catalog_version_ = 0;
  member_map members_;
  std::map<std::string, std::string, std::less<>> static_members_;
  /// The topics that the members subscribe to and that exist, as of catalog_version_.
  std::map<std::string, catalog_topic, std::less<>> topics_;
  /// What the expressions of members match, as of catalog_version_.
  std::map<std::string, std::set<std::string>, std::less<>> matches_;
  std::optional<std::chrono::milliseconds> wake_at_;
};

}  // namespace tidemill::groups
