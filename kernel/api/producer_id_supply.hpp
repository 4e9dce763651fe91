#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "metadata/controller.hpp"

namespace tidemill::api {

/// Hands out producer ids from a block that the controller has given to this broker, and says when
/// it needs a new block. One for each shard, on its loop.
class producer_id_supply {
 public:
  using completion = unique_function<void(result<producer_id>)>;
  /// More requests than this don't wait for a block; they are told to come again.
  static constexpr std::size_t waiting_max = 1000;

  /// The next id of the block; nullopt when it is used up.
  [[nodiscard]] std::optional<producer_id> take() noexcept;

  /// False when too many wait already.
  [[nodiscard]] bool has_room() const noexcept { return waiting_.size() < waiting_max; }
  /// Queues a request until the next block; only while there is room.
  void wait(completion done);
  /// True when somebody waits and no block has been asked for; it then counts as asked for.
  [[nodiscard]] bool wants_block() noexcept;
  /// The controller's answer. Answers those who wait: with ids, and with the error when there is no
  /// block. Who is left when the block is used up goes on waiting.
  void receive(result<metadata::producer_id_block> block);

 private:
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
  bool asked_ = false;
  std::vector<completion> waiting_;
};

}  // namespace tidemill::api
