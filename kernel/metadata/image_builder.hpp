#pragma once

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "metadata/image.hpp"
#include "metadata/quorum.hpp"
#include "metadata/records.hpp"

namespace tidemill::metadata {

/// Makes the next image from one and the records that follow. The base stays as it is; what the
/// records don't touch is shared with it. One thread; used once.
class image_builder {
 public:
  explicit image_builder(std::shared_ptr<const image> base);

  /// record_invalid when the record contradicts the state (a second topic of the same name, a
  /// partition out of order, an unknown topic...); the builder is then of no use. `index` is that
  /// of the entry which holds the record.
  [[nodiscard]] result<void> apply(const metadata_record& change, log_index index);

  /// The state with what was applied so far; changes with the next apply().
  [[nodiscard]] const image& so_far() const noexcept { return *now_; }

  struct outcome {
    std::shared_ptr<const image> now;
    image_delta delta;
  };
  /// The image after all that was applied; `last` is the position of the last entry.
  [[nodiscard]] outcome finish(committed_position last);

 private:
  [[nodiscard]] result<void> apply_one(const cluster_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const broker_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const remove_broker_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const topic_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const partition_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const partition_change_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const remove_topic_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const topic_setting_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const feature_level_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const producer_ids_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const rule_record& change, log_index index);
  [[nodiscard]] result<void> apply_one(const client_quota_record& change, log_index index);

  void raise_leader_epochs_of(broker_id id);
  /// The topic, made this builder's own; nullptr when there is none.
  topic* own_topic(const topic_id& id);
  void note_topic(const topic_id& id, std::shared_ptr<const topic> before);
  void note_broker(broker_id id);
  void put_topic(const std::shared_ptr<topic>& value);
  void collect_topics(image_delta& delta) const;

  // Keeps what is shared from looking like ours alone (shared_table).
  std::shared_ptr<const image> base_;
  std::shared_ptr<image> now_;
  // Topics that were copied or made here and may be changed in place until finish().
  std::unordered_map<topic_id, std::shared_ptr<topic>> own_topics_;
  // Touched topics with what they were before, in the order of the first touch.
  std::vector<std::pair<topic_id, std::shared_ptr<const topic>>> touched_topics_;
  // Set with the first quota that changes; now_ has it too.
  std::shared_ptr<client_quotas> own_quotas_;
  image_delta delta_;
};

/// Calls `take` with the records that make an empty image equal to this one.
void describe(const image& from, unique_function<void(const metadata_record&)> take);

}  // namespace tidemill::metadata
