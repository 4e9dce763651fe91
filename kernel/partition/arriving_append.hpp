#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "log/producer_state.hpp"
#include "partition/requests.hpp"
#include "record/validate.hpp"

namespace tidemill::partition {

/// An append on its way into the log, with what is found out about it.
struct arriving_append {
  /// The caller's, until `done` runs.
  mutable_bytes batch;
  append_options options;
  append_completion done;

  // Once it has been examined:
  std::optional<record::validated_batch> validated{};
  record::validation_rules rules{};
  /// The batch as the topic wants it compressed; `batch` is then a view of it.
  byte_buffer recompressed{};
  bool is_compressed = false;
  /// It goes on where a batch of the same producer ends that is stored right before it.
  bool continues_another = false;
  /// It had come before.
  std::optional<log::producer_batch> original{};
};

/// Accepted appends that go into the log together; in order.
struct arrival_group {
  std::vector<arriving_append*> appends;
  std::vector<mutable_bytes> batches;

  void clear() noexcept {
    appends.clear();
    batches.clear();
  }
};

}  // namespace tidemill::partition
