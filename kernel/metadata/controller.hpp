#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "io/random.hpp"
#include "metadata/errc.hpp"
#include "metadata/image.hpp"
#include "metadata/image_builder.hpp"
#include "metadata/quorum.hpp"
#include "metadata/records.hpp"
#include "metadata/topic_settings.hpp"

namespace tidemill::metadata {

/// What a cluster may hold at most; what goes beyond gets limit_reached (S18).
struct controller_limits {
  std::size_t topics = 100'000;
  std::size_t partitions = 1'000'000;
  /// Of one create_topics, summed over its topics, as Kafka's.
  std::size_t partitions_per_request = 10'000;
};

struct controller_options {
  /// What a request gets that leaves the number to the broker (-1 on the wire).
  std::int32_t default_partition_count = 1;
  std::int16_t default_replication_factor = 1;
  /// [topic_defaults], canonical names, ordered; to judge settings together with an override.
  setting_list topic_defaults;
  controller_limits limits;
  /// Which extensions there are; borrowed, nullptr: none.
  const extension_catalog* extensions = nullptr;
  /// While it is true the disk has little left, for changes that make room: others get
  /// storage_full. Borrowed, nullptr: never.
  const std::atomic<bool>* is_short_of_room = nullptr;
};

/// A refusal: the kind for the wire's code, the sentence for the user.
struct refusal {
  error_code error;
  std::string message;
};
template <class T>
using outcome = boost::system::result<T, refusal>;

struct new_topic {
  std::string name;
  /// nullopt: the default. The wire's -1; other numbers below 1 are refused here.
  std::optional<std::int32_t> partition_count;
  std::optional<std::int16_t> replication_factor;
  /// By hand; empty: the controller places the replicas. Then both numbers above must be nullopt.
  struct assignment {
    partition_index index{0};
    std::vector<broker_id> replicas;
  };
  std::vector<assignment> assignments;
  /// Name and value as the client sent them; a null value is refused as Kafka does.
  std::vector<std::pair<std::string, std::optional<std::string>>> settings;
  /// What a broker gives a topic of its own: ordered, right, and beyond what clients may ask for.
  setting_list own_settings = {};
};

struct created_topic {
  topic_id id;
  std::int32_t partition_count = 0;
  std::int16_t replication_factor = 0;
  /// What was set on it; effective_settings() shows the rest.
  setting_list settings;
};

/// More partitions for a topic.
struct topic_growth {
  std::string name;
  /// How many it is to have then.
  std::int32_t count = 0;
  /// Replicas of the new partitions, by hand; nullopt: the controller places them.
  std::optional<std::vector<std::vector<broker_id>>> assignments;
};

/// A topic to delete: by name or, when it has none, by id.
struct topic_selector {
  std::optional<std::string> name;
  topic_id id;
};
struct deleted_topic {
  std::string name;
  topic_id id;
};

struct broker_registration {
  broker_id id{0};
  uuid incarnation;
  std::vector<endpoint> endpoints;
  std::optional<std::string> rack;
};

/// One change of a topic's settings: nullopt removes the override.
struct setting_change {
  enum class operation : std::uint8_t {
    set,
    append,   ///< lists only: adds the elements that are not there, to what is in force
    subtract  ///< lists only: takes the elements out of what is in force
  };
  std::string name;
  std::optional<std::string> value;
  operation how = operation::set;
};
/// Whether settings that no change names keep their overrides or lose them.
enum class unnamed_settings : std::uint8_t { kept, removed };

/// Producer ids [first, first + count), given to one broker and never again to anybody.
struct producer_id_block {
  producer_id first;
  std::int32_t count = 0;
};

/// Makes the decisions of the cluster: checks a command against the image as it will be after
/// everything proposed before, proposes records, and answers when they are committed and in the
/// image. Any number of commands may be in work; they share the quorum's syncs. Works on the
/// quorum's loop; every completion runs there exactly once, at once where nothing needs to be
/// written (validate_only, refusals). Not leading: not_leader.
class controller final : private quorum_listener {
 public:
  /// Borrows quorum and random; both outlive it.
  controller(controller_options options, quorum& quorum, io::random& random);
  ~controller() override;
  controller(const controller&) = delete;
  controller& operator=(const controller&) = delete;

  /// Starts the quorum; the listener hears the image that was on disk before `started` runs.
  void start(image_listener& listener, unique_function<void(result<void>)> started);
  /// Stops the quorum. Commands in work are answered before `stopped` runs.
  void stop(unique_function<void()> stopped);
  /// Called when this node begins to lead and when it ceases to. Set before start().
  void on_leadership(unique_function<void(std::optional<term>)> changed);

  /// The committed image; never null.
  [[nodiscard]] const std::shared_ptr<const image>& current() const noexcept { return committed_; }
  [[nodiscard]] bool is_leading() const noexcept { return leading_.has_value(); }

  /// Gives an empty cluster its id and features; done at once when it already has that id, and
  /// cluster_id_mismatch when it has another. First command after a start.
  void bootstrap(const uuid& cluster_id, std::vector<feature_level> features,
                 unique_function<void(outcome<void>)> done);
  /// Adds the broker or replaces its registration, and raises the leader epoch of every partition
  /// that an earlier incarnation of it led, so that clients look at their positions anew (KIP-320).
  void register_broker(broker_registration registration,
                       unique_function<void(outcome<broker_epoch>)> done);

  using create_topics_completion = unique_function<void(std::vector<outcome<created_topic>>)>;
  /// One outcome per topic, in the same order. All that are accepted are made together.
  void create_topics(std::vector<new_topic> topics, bool validate_only,
                     create_topics_completion done);
  /// Likewise; topics that are named twice are refused.
  void grow_topics(std::vector<topic_growth> topics, bool validate_only,
                   unique_function<void(std::vector<outcome<void>>)> done);
  /// Forgets a broker that is gone for good. unknown_broker; request_invalid while partitions have
  /// replicas on it.
  void unregister_broker(broker_id id, unique_function<void(outcome<void>)> done);
  using delete_topics_completion = unique_function<void(std::vector<outcome<deleted_topic>>)>;
  void delete_topics(std::vector<topic_selector> topics, delete_topics_completion done);
  /// Changes settings of a topic, all or none. No setting is named twice.
  void change_topic_settings(std::string topic_name, std::vector<setting_change> changes,
                             unnamed_settings others, bool validate_only,
                             unique_function<void(outcome<void>)> done);
  /// Puts rules into force, all or none; each has passed its checks. limit_reached beyond
  /// rules_max of them.
  void accept_rules(std::vector<rule_record> rules, unique_function<void(outcome<void>)> done);
  static constexpr std::size_t rules_max = 1000;
  /// Forgets a rule with its history: request_invalid when there is none.
  void remove_rule(std::string file, unique_function<void(outcome<void>)> done);
  /// One outcome per change, in the same order; an entity that is named twice is refused.
  void change_client_quotas(std::vector<quota_change> changes, bool validate_only,
                            unique_function<void(std::vector<outcome<void>>)> done);
  /// Entities with quotas.
  static constexpr std::size_t client_quotas_max = 10'000;
  /// The epoch is that of the broker's registration (stale_broker_epoch).
  void allocate_producer_ids(broker_id broker, broker_epoch epoch,
                             unique_function<void(outcome<producer_id_block>)> done);
  static constexpr std::int32_t producer_id_block_size = 1000;

 private:
  // quorum_listener
  result<void> install_snapshot(committed_position last,
                                std::span<const bytes_view> records) override;
  result<void> apply(std::span<const committed_entry> entries) override;
  snapshot_source take_snapshot() override;
  void leadership_changed(std::optional<term> leading) override;

  /// Runs `then` when extensions that the values name have been looked for, where that is worth it.
  template <class Values>
  void after_look(const Values& values, unique_function<void()> then);
  void create_topics_now(std::vector<new_topic> topics, bool validate_only,
                         create_topics_completion done);
  void change_topic_settings_now(const std::string& topic_name,
                                 const std::vector<setting_change>& changes,
                                 unnamed_settings others, bool validate_only,
                                 unique_function<void(outcome<void>)> done);

  using proposal_completion = unique_function<void(result<committed_position>)>;
  /// Proposes the records that have been applied to `expected`, and runs `done` with the outcome.
  void propose(std::vector<metadata_record> records, image_builder expected,
               proposal_completion done);
  void propose_and_answer(std::vector<metadata_record> records,
                          unique_function<void(outcome<void>)> done);
  /// Deletions always have; what may make room, such as settings, a little of it; what only adds
  /// has none.
  [[nodiscard]] bool has_room_for(const std::vector<metadata_record>& records,
                                  const std::vector<byte_buffer>& encoded);
  void publish(std::shared_ptr<const image> now, const image_delta& delta);

  controller_options options_;
  quorum& quorum_;
  io::random& random_;
  image_listener* listener_ = nullptr;
  /// Written while the disk was short of room, but for deletions.
  std::size_t bytes_while_short_ = 0;
  unique_function<void(std::optional<term>)> leadership_listener_;
  std::optional<term> leading_;
  // Shared with the shards, which keep theirs for as long as they need it.
  std::shared_ptr<const image> committed_;
  // committed_ and the proposals in work on top: what commands are checked against.
  std::shared_ptr<const image> expected_;
  // A failed proposal takes those after it with it: expected_ goes back, a new generation begins.
  std::uint64_t generation_ = 0;
  std::size_t proposals_in_work_ = 0;
};

}  // namespace tidemill::metadata
