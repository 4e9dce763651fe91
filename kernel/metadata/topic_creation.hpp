#pragma once

#include <cstddef>
#include <vector>

#include "io/random.hpp"
#include "metadata/controller.hpp"
#include "metadata/image_builder.hpp"
#include "metadata/records.hpp"

namespace tidemill::metadata {

/// Checks the topics of one request one after the other against a growing image, and collects the
/// records that make those that pass. One thread, one request.
class topic_creation {
 public:
  topic_creation(const controller_options& options, image_builder& expected, io::random& random);

  [[nodiscard]] outcome<created_topic> add(const new_topic& asked);
  [[nodiscard]] std::vector<metadata_record> take_records() { return std::move(records_); }

 private:
  using replica_lists = std::vector<std::vector<broker_id>>;
  [[nodiscard]] outcome<void> check_name(const std::string& name) const;
  [[nodiscard]] outcome<replica_lists> replicas_of(const new_topic& asked);
  [[nodiscard]] outcome<replica_lists> placed_replicas(const new_topic& asked);
  [[nodiscard]] outcome<replica_lists> manual_replicas(const new_topic& asked) const;
  [[nodiscard]] outcome<void> check_limits(std::size_t partition_count) const;
  [[nodiscard]] outcome<setting_list> settings_of(const new_topic& asked) const;
  [[nodiscard]] topic_id new_id();
  void note(metadata_record change);

  const controller_options& options_;
  image_builder& expected_;
  io::random& random_;
  std::vector<metadata_record> records_;
  std::size_t partitions_made_ = 0;
};

/// The replicas of one partition that somebody has chosen by hand: replica_assignment_invalid when
/// there is none, or a broker is named twice or is not registered.
[[nodiscard]] outcome<void> check_manual_replicas(const std::vector<broker_id>& replicas,
                                                  const image& in);

/// Longest value of a setting, in bytes.
inline constexpr std::size_t setting_value_size_max = 4096;

/// Applies the changes to a copy of the settings: setting_invalid when one is wrong, or all
/// together, or an extension that a change names is not there (controller_options::extensions).
/// `before` is what the topic says now: an extension that it names already need not be there, for
/// AlterConfigs says again whatever it wants to keep.
[[nodiscard]] outcome<setting_list> changed_settings(setting_list settings,
                                                     const setting_list& before,
                                                     const std::vector<setting_change>& changes,
                                                     const controller_options& options);

}  // namespace tidemill::metadata
