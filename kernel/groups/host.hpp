#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/unique_function.hpp"
#include "groups/core/coordinator.hpp"
#include "groups/journal.hpp"
#include "io/event_loop.hpp"
#include "io/random.hpp"

namespace tidemill::groups {

/// Hears of what somebody should know; the server writes it to the broker's log. Shard thread.
class host_listener {
 public:
  virtual ~host_listener() = default;
  /// `skipped` records could not be read.
  virtual void loaded(partition_index home, std::size_t groups, std::size_t skipped,
                      std::chrono::milliseconds took) = 0;
  /// Is tried again by itself.
  virtual void load_failed(partition_index home) = 0;
  /// A write of the group state failed; whoever waited has been told.
  virtual void write_failed(partition_index home, std::string_view why) = 0;
};

/// The coordinators of one shard: one for each partition of the offsets topic that this broker
/// leads here. Shard thread only. Every request names the group's home (home_of()); one that is not
/// led here answers not_coordinator, one that is not loaded yet loading. Views in requests are
/// borrowed during the call only; completions run once, inside the call or later.
class host {
 public:
  /// All of it is borrowed and outlives the host.
  host(io::event_loop& loop, io::random& random, const group_options& options,
       host_listener& listener);
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  ~host();

  // What metadata decides ------------------------------------------------------------------------
  /// From now on what is led is loaded; until then it waits.
  void start();
  /// Loads the groups, then serves them. Replaces an earlier leadership of the same partition.
  void lead(partition_index home, std::unique_ptr<journal> log);
  /// Whoever waits is told to look for another coordinator.
  void resign(partition_index home);
  [[nodiscard]] bool leads(partition_index home) const noexcept;
  void topics_deleted(const std::vector<std::string>& names);
  /// What there is to assign, from now on.
  void topics_changed(std::shared_ptr<const topic_catalog> catalog);
  /// The broker stops: resigns everything, and leads nothing any more.
  void stop();

  // Requests -------------------------------------------------------------------------------------
  /// Without new_member_id: the host makes it up.
  void join(partition_index home, join_request request, unique_function<void(join_reply)> done);
  void sync(partition_index home, const sync_request& request,
            unique_function<void(sync_reply)> done);
  [[nodiscard]] errc heartbeat(partition_index home, const heartbeat_request& request);
  [[nodiscard]] std::vector<errc> leave(partition_index home, std::string_view group,
                                        std::span<const member_claim> members);
  void consumer_beat(partition_index home, consumer_heartbeat request,
                     unique_function<void(consumer_heartbeat_reply)> done);
  using rows_completion = unique_function<void(rows_reply)>;
  void commit(partition_index home, const commit_request& request, rows_completion done);
  [[nodiscard]] fetch_reply fetch(partition_index home, const fetch_request& request) const;
  void delete_offsets(partition_index home, const delete_offsets_request& request,
                      rows_completion done);
  void delete_group(partition_index home, std::string_view group, rows_completion done);
  [[nodiscard]] group_description describe(partition_index home, std::string_view group) const;
  [[nodiscard]] consumer_description describe_consumer(partition_index home,
                                                       std::string_view group) const;
  /// Of all partitions led here, a part at a time: there may be very many.
  struct listing {
    /// loading when some of the partitions could not be looked at.
    errc error = errc::none;
    std::vector<listed_group> groups;
    bool is_whole = false;

    // Where it goes on: behind the last of `groups` that is of `home`.
    partition_index home{0};
    std::optional<std::string> after = {};
  };
  /// Adds up to `rows_max` groups.
  void list(listing& to, std::size_t rows_max) const;

  /// What the groups led here have committed in a topic; nothing when some of them are not known
  /// at present, for they are being loaded.
  [[nodiscard]] std::optional<std::vector<committed_progress>> progress(
      std::string_view topic) const;

  /// For metrics.
  struct figures {
    coordinator::figures state;
    std::size_t led = 0;
    std::size_t loading = 0;
    std::uint64_t rebalances = 0;
    std::uint64_t commits = 0;
    std::uint64_t failed_writes = 0;
  };
  [[nodiscard]] figures count() const;

 private:
  class led_partition;
  [[nodiscard]] led_partition* find(partition_index home) const noexcept;
  /// none, or why there is nobody to ask.
  [[nodiscard]] errc obstacle(partition_index home) const noexcept;

  struct totals {
    std::uint64_t rebalances = 0;
    std::uint64_t commits = 0;
    std::uint64_t failed_writes = 0;
  };
  struct surroundings {
    io::event_loop& loop;
    io::random& random;
    const group_options& options;
    host_listener& listener;
    totals counted;
    std::shared_ptr<memory_totals> held = std::make_shared<memory_totals>();
  };
  // Shared with writes that are under way, which may end after the host.
  std::shared_ptr<surroundings> around_;
  // Shared with the callbacks of writes and loads.
  std::map<partition_index, std::shared_ptr<led_partition>> led_;
  std::shared_ptr<const topic_catalog> catalog_;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace tidemill::groups
