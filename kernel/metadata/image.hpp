#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "metadata/client_quotas.hpp"
#include "metadata/ordered_topics.hpp"
#include "metadata/rule.hpp"
#include "metadata/shared_table.hpp"
#include "metadata/topic.hpp"

namespace tidemill::metadata {

/// Where clients of one listener reach a broker.
struct endpoint {
  std::string listener;
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// A registered broker.
struct broker {
  broker_id id{0};
  /// Rises with every registration (KIP-380).
  broker_epoch epoch{0};
  /// Of the process that registered; a restart brings a new one.
  uuid incarnation;
  std::vector<endpoint> endpoints;
  std::optional<std::string> rack;

  /// nullptr when the broker does not have that listener.
  [[nodiscard]] const endpoint* endpoint_of(std::string_view listener) const noexcept;

  friend bool operator==(const broker&, const broker&) = default;
};

/// The finalized level of a feature (KIP-584).
struct feature_level {
  std::string name;
  std::int16_t level = 0;

  friend bool operator==(const feature_level&, const feature_level&) = default;
};

/// The state of the whole cluster after one index of the metadata log: never changes, may be read
/// by any number of threads, shares with its predecessor everything that did not change. Held by
/// std::shared_ptr<const image> because every shard keeps the one it last heard of. Pointers that
/// it hands out live as long as the image.
class image {
 public:
  /// The last index of the metadata log that is in it; 0 before the first.
  [[nodiscard]] log_index index() const noexcept { return index_; }
  [[nodiscard]] tidemill::term term() const noexcept { return term_; }
  /// Zero until the cluster has been bootstrapped.
  [[nodiscard]] const uuid& cluster_id() const noexcept { return cluster_id_; }

  /// O(1), no allocation; nullptr when there is none.
  [[nodiscard]] const topic* find_topic(std::string_view name) const noexcept;
  [[nodiscard]] const topic* find_topic(const topic_id& id) const noexcept;
  /// To keep the topic longer than the image.
  [[nodiscard]] std::shared_ptr<const topic> find_shared_topic(const topic_id& id) const noexcept;
  /// The topic whose name differs from this one at most in '.' and '_'; nullptr when there is none.
  [[nodiscard]] const topic* find_colliding_topic(std::string_view name) const noexcept;
  /// nullptr when the topic or the partition does not exist.
  [[nodiscard]] const partition* find_partition(const topic_id& id,
                                                partition_index index) const noexcept;
  /// The topics, ordered by name (as bytes): iterate with range-for; `from(name)` starts at the
  /// first topic whose name is not less.
  [[nodiscard]] const ordered_topics& topics() const noexcept { return topics_in_order_; }
  [[nodiscard]] std::size_t topic_count() const noexcept { return topics_in_order_.size(); }
  [[nodiscard]] std::size_t partition_count() const noexcept { return partition_count_; }

  /// Ordered by id. Few, so lookups are linear or binary.
  [[nodiscard]] std::span<const std::shared_ptr<const broker>> brokers() const noexcept {
    return brokers_;
  }
  [[nodiscard]] const broker* find_broker(broker_id id) const noexcept;

  [[nodiscard]] std::span<const feature_level> features() const noexcept { return features_; }
  /// Ordered by file.
  [[nodiscard]] std::span<const std::shared_ptr<const rule>> rules() const noexcept {
    return rules_;
  }
  /// nullptr when there is none.
  [[nodiscard]] const rule* find_rule(std::string_view file) const noexcept;
  [[nodiscard]] const metadata::client_quotas& client_quotas() const noexcept { return *quotas_; }
  /// The same, to keep longer than the image; another only when a quota has changed.
  [[nodiscard]] const std::shared_ptr<const metadata::client_quotas>& shared_quotas()
      const noexcept {
    return quotas_;
  }
  /// The first producer id that no broker has been given.
  [[nodiscard]] producer_id next_producer_id() const noexcept { return next_producer_id_; }

  /// Compares contents, not sharing; for tests.
  [[nodiscard]] bool same_state(const image& other) const;

 private:
  friend class image_builder;

  log_index index_{0};
  tidemill::term term_{0};
  uuid cluster_id_;
  shared_table<topic, topic_name_key> topics_by_name_;
  shared_table<topic, topic_id_key> topics_by_id_;
  // Of the topics whose names have a '.' or '_'.
  shared_table<topic, topic_collision_key> topics_by_collision_;
  ordered_topics topics_in_order_;
  std::size_t partition_count_ = 0;
  std::vector<std::shared_ptr<const broker>> brokers_;
  std::vector<feature_level> features_;
  std::vector<std::shared_ptr<const rule>> rules_;
  std::shared_ptr<const metadata::client_quotas> quotas_ =
      std::make_shared<const metadata::client_quotas>();
  producer_id next_producer_id_{0};
};

/// What became of one topic between two images.
struct topic_change {
  /// nullptr: the topic is new. Kept alive by the change, as the images may be gone.
  std::shared_ptr<const topic> before;
  /// nullptr: the topic was removed. A topic that was removed and made again within one delta is
  /// two changes (their ids differ), the removal first.
  std::shared_ptr<const topic> after;
  /// The partitions that are new or differ, rising; of a removed topic, none.
  std::vector<partition_index> partitions;
  bool settings_changed = false;
};

[[nodiscard]] topic_change change_of(std::shared_ptr<const topic> before,
                                     std::shared_ptr<const topic> after);

/// What a new image changes against the one handed out before it.
struct image_delta {
  std::vector<topic_change> topics;
  /// Registered anew, changed or gone.
  std::vector<broker_id> brokers;
  bool features_changed = false;
  bool producer_ids_changed = false;
  bool rules_changed = false;
};

/// What changes from one image to another, whatever lies between them.
[[nodiscard]] image_delta difference(const image& before, const image& after);

/// Follows the image. Called on the controller's loop, in order, never skipping a state that a
/// later one builds on: `delta` is always against the image of the previous call, and the first
/// call is against an empty image. The listener fans out to the shards by posting.
class image_listener {
 public:
  virtual ~image_listener() = default;
  virtual void image_changed(const std::shared_ptr<const image>& now, const image_delta& delta) = 0;
};

}  // namespace tidemill::metadata
