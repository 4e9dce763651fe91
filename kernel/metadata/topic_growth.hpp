#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/random.hpp"
#include "metadata/controller.hpp"
#include "metadata/image_builder.hpp"
#include "metadata/records.hpp"

namespace tidemill::metadata {

/// Checks the topics of one request that are to get more partitions one after the other against a
/// growing image, and collects the records that make them. One thread, one request.
class topic_growing {
 public:
  topic_growing(const controller_options& options, image_builder& expected, io::random& random)
      : options_(options), expected_(expected), random_(random) {}

  [[nodiscard]] outcome<void> add(const topic_growth& asked);
  [[nodiscard]] std::vector<metadata_record> take_records() { return std::move(records_); }

 private:
  using replica_lists = std::vector<std::vector<broker_id>>;
  [[nodiscard]] outcome<void> check_count(const topic_growth& asked, const topic& grown) const;
  [[nodiscard]] outcome<replica_lists> replicas_of(const topic_growth& asked, const topic& grown);

  const controller_options& options_;
  image_builder& expected_;
  io::random& random_;
  std::vector<metadata_record> records_;
  std::size_t partitions_made_ = 0;
};

}  // namespace tidemill::metadata
