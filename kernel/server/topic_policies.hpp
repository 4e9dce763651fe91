#pragma once

#include <chrono>
#include <deque>
#include <memory>

#include "extension/extensions.hpp"
#include "io/random.hpp"
#include "metadata/topic_settings.hpp"
#include "partition/topic_policy.hpp"

namespace tidemill::server {

/// What the broker's own configuration adds to the settings of topics.
struct topic_policy_options {
  /// [topic_defaults], canonical names, ordered.
  metadata::setting_list defaults;
  /// log.durability = "fsync"
  bool sync_before_commit = false;
  /// log.flush_interval, for topics that do not set flush.ms.
  std::chrono::milliseconds flush_age_max = std::chrono::seconds(10);
};

/// Turns the settings of topics into what their partitions obey. Topics with equal settings share
/// one policy as long as it is among the last few made. One thread.
class topic_policies {
 public:
  /// Borrows `random`.
  topic_policies(topic_policy_options options, io::random& random);

  /// Where the extensions that topics name come from; borrowed. Before the first policy_for().
  void use(extension::extensions& extensions) noexcept { extensions_ = &extensions; }

  [[nodiscard]] std::shared_ptr<const partition::topic_policy> policy_for(
      const metadata::setting_list& topic_settings);

 private:
  struct made {
    metadata::topic_settings settings;
    // Shared with the partitions, which keep it when it is dropped here.
    std::shared_ptr<const partition::topic_policy> policy;
  };

  [[nodiscard]] std::shared_ptr<const partition::topic_policy> make(
      const metadata::topic_settings& settings);

  void attach(const metadata::topic_settings& settings, partition::topic_policy& policy) const;

  topic_policy_options options_;
  io::random& random_;
  extension::extensions* extensions_ = nullptr;
  std::uint64_t epoch_ = 0;
  std::deque<made> recent_;
};

}  // namespace tidemill::server
