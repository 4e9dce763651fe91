#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "groups/core/classic_group.hpp"
#include "groups/core/consumer_group.hpp"
#include "groups/core/group_options.hpp"
#include "groups/core/memory_total.hpp"
#include "groups/core/offset_table.hpp"
#include "groups/core/requests.hpp"

namespace tidemill::groups {

/// All groups whose home is one partition of the offsets topic. A state machine: events with the
/// time in, actions out; the same events in the same order give the same actions.
///
/// Committed offsets, and what else a restart must know, change only when the write that holds the
/// change is done: what is read from here and what replay() would make of the log never differ in
/// what was acknowledged. Writes come back in the order in which they were given out.
class coordinator {
 public:
  /// Borrows the options. Counts in `totals` what groups hold; without them, for itself alone.
  explicit coordinator(const group_options& options,
                       std::shared_ptr<memory_totals> totals = nullptr);

  // Loading: every record of the log in order, then loaded(). ------------------------------------
  void replay(const state_record& record);
  void loaded(const moment& now, actions& out);

  // Requests -------------------------------------------------------------------------------------
  void join(const join_request& request, request_token to, const moment& now, actions& out);
  void sync(const sync_request& request, request_token to, const moment& now, actions& out);
  [[nodiscard]] errc heartbeat(const heartbeat_request& request, const moment& now);
  /// One outcome a claim.
  [[nodiscard]] std::vector<errc> leave(std::string_view group,
                                        std::span<const member_claim> members, const moment& now,
                                        actions& out);
  void consumer_beat(consumer_heartbeat request, request_token to, const moment& now, actions& out);
  void commit(const commit_request& request, request_token to, const moment& now, actions& out);
  [[nodiscard]] fetch_reply fetch(const fetch_request& request) const;
  void delete_offsets(const delete_offsets_request& request, request_token to, actions& out);
  void delete_group(std::string_view group, request_token to, actions& out);
  [[nodiscard]] group_description describe(std::string_view group) const;
  [[nodiscard]] consumer_description describe_consumer(std::string_view group) const;
  /// Adds up to `rows_max` groups in the order of their ids, from the first one behind `after`
  /// (nullptr: from the first of all). Returns how many it added: fewer, where none is left.
  std::size_t list(const std::string* after, std::size_t rows_max,
                   std::vector<listed_group>& into) const;

  /// What there is to assign, from now on.
  void topics_changed(std::shared_ptr<const topic_catalog> catalog);

  /// Topics that are gone take the offsets of all groups with them.
  void topics_deleted(std::span<const std::string> names, actions& out);

  // Time -----------------------------------------------------------------------------------------
  /// advance() has nothing to do before; nullopt: ever.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_deadline() const noexcept;
  void advance(const moment& now, actions& out);

  // Storage --------------------------------------------------------------------------------------
  /// The outcome of a write: none, or what whoever waits for it is told.
  void written(write done, errc outcome, const moment& now, actions& out);
  /// Answers everybody who waits; nothing else is called afterwards but written().
  void resign(errc why, actions& out);

  /// What groups have committed in the partitions of a topic, in no particular order.
  void collect_progress(std::string_view topic, std::vector<committed_progress>& into) const;

  // Figures --------------------------------------------------------------------------------------
  /// Counted as groups change: reading them costs the same for many groups as for few.
  struct figures {
    std::size_t groups = 0;
    std::size_t members = 0;
    std::size_t offsets = 0;
    std::map<std::string_view, std::size_t> groups_in_state;
  };
  [[nodiscard]] const figures& count() const noexcept { return counted_; }

 private:
  struct kept_group {
    kept_group(const group_options& options, const std::string& id, std::uint64_t incarnation,
               const std::shared_ptr<memory_totals>& totals)
        : number(incarnation),
          classic(options, id, incarnation),
          brought({totals, &totals->members}),
          committed({totals, &totals->offsets}) {}

    /// Tells it from an earlier group of the same name.
    std::uint64_t number;
    classic_group classic;
    memory_share brought;
    offset_table offsets;
    memory_share committed;
    /// Of the new protocol; nullptr: `classic` is the group.
    std::shared_ptr<consumer_group> consumer;
    /// A write that changes the consumer group is under way; whoever comes meanwhile waits here.
    bool is_changing = false;
    std::list<std::pair<request_token, consumer_heartbeat>> waiting;
    /// A write that removes it is under way: nobody gets in.
    bool is_leaving = false;
    std::optional<std::chrono::milliseconds> armed;
    /// What the figures hold of it; without a state: nothing.
    std::string_view counted_state;
    std::size_t counted_members = 0;
    std::size_t counted_offsets = 0;
  };
  using group_map = std::map<std::string, kept_group, std::less<>>;

  [[nodiscard]] kept_group* find(std::string_view id) noexcept;
  [[nodiscard]] const kept_group* find(std::string_view id) const noexcept;
  group_map::iterator find_or_make(std::string_view id);
  /// Keeps its place among the deadlines right; forgets it when nothing is left of it.
  void settle(group_map::iterator of);
  void take_consumer(kept_group& of, std::shared_ptr<consumer_group> next) const;
  void forget(group_map::iterator of);
  void count(kept_group& of);
  void discount(kept_group& of);
  void apply(const offset_record& record);
  void replay_consumer(const state_record& record);
  [[nodiscard]] static bool has_members(const kept_group& of) noexcept;
  [[nodiscard]] static std::size_t member_count(const kept_group& of) noexcept;
  [[nodiscard]] static std::optional<std::chrono::milliseconds> deadline_of(const kept_group& of);
  void advance_consumer(group_map::iterator of, const moment& now, actions& out);
  void plan_change(const std::string& id, kept_group& of, std::vector<state_record> records,
                   then_adopt then, actions& out) const;
  void give_up_consumer(const std::string& id, kept_group& of, actions& out) const;
  void refuse_beat(request_token to, errc why, std::string message, actions& out) const;
  [[nodiscard]] errc check_committer(kept_group& of, const commit_request& request,
                                     const moment& now);

  void answer_rows(request_token to, errc error, std::vector<errc> rows, actions& out) const;
  [[nodiscard]] errc judge_commit(const commit_request& request, const moment& now);
  /// `planned`: what earlier rows of the request add.
  struct commit_plan {
    std::size_t rows = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] errc judge_row(const commit_request::row& row, const kept_group& of,
                               commit_plan& planned) const noexcept;

  void plan_removal(const std::string& id, kept_group& of, std::optional<request_token> to,
                    actions& out) const;
  void expire_offsets(const moment& now, actions& out);
  void expire_offsets_of(const std::string& id, kept_group& of, const moment& now, actions& out);
  [[nodiscard]] bool is_expired(const kept_group& of, std::string_view topic,
                                const stored_offset& offset, const moment& now) const noexcept;

  // written(), by what was planned.
  void done(const then_nothing& planned, write& stored, errc outcome, const moment& now,
            actions& out);
  void done(const then_assign& planned, write& stored, errc outcome, const moment& now,
            actions& out);
  void done(const then_answer_join& planned, write& stored, errc outcome, const moment& now,
            actions& out);
  void done(const then_apply_rows& planned, write& stored, errc outcome, const moment& now,
            actions& out);
  void done(const then_adopt& planned, write& stored, errc outcome, const moment& now,
            actions& out);
  void done(const then_remove_group& planned, write& stored, errc outcome, const moment& now,
            actions& out);

  const group_options* options_;
  /// Never nullptr.
  std::shared_ptr<memory_totals> totals_;
  std::shared_ptr<const topic_catalog> catalog_;
  group_map groups_;
  std::uint64_t next_number_ = 1;
  std::set<std::pair<std::chrono::milliseconds, std::string>> deadlines_;
  std::optional<std::chrono::milliseconds> next_expiry_;
  figures counted_;
};

}  // namespace tidemill::groups
