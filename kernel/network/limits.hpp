#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tidemill::network {

/// What connections may cost. Sizes of memory are those of one shard; the counts of connections
/// are those of the process.
struct limits {
  /// The largest frame that is taken; Kafka's socket.request.max.bytes.
  std::size_t request_size_bytes_max = 100U << 20U;
  /// Frames in work. When it is spent, nothing is read until some are answered.
  std::size_t work_memory_bytes_max = 64U << 20U;
  /// Half-read frames beyond frame_reader::share_bytes. When it is spent, large frames are finished
  /// one after the other; small ones go on.
  std::size_t partial_memory_bytes_max = 24U << 20U;
  /// What stands still: see held_memory. When it is spent, who stood longest is closed.
  std::size_t held_memory_bytes_max = 40U << 20U;

  /// Requests of one connection that are in work or whose responses have not left.
  std::size_t connection_requests_max = 256;
  /// Bytes of the frames in work of one connection; a single frame may be larger.
  std::size_t connection_work_bytes_max = 8U << 20U;
  /// Bytes of unsent responses of one connection (file ranges do not count) beyond which it is not
  /// read.
  std::size_t connection_response_bytes_max = 4U << 20U;
  /// The same while its peer does not take what is written.
  std::size_t blocked_response_bytes_max = 256U << 10U;

  std::size_t connections_max = 100'000;
  std::size_t connections_per_address_max = 100'000;
  /// New connections in a second, through all listeners; those beyond wait. 0: no limit.
  std::size_t connections_per_second_max = 0;

  /// A connection without a request for this long is closed; Kafka's connections.max.idle.ms.
  std::chrono::milliseconds idle_max{std::chrono::minutes{10}};
  /// In each span of this length a frame that is being read ends, or grows by
  /// `transfer_bytes_per_second_min`; the same holds for responses that are being written.
  std::chrono::milliseconds transfer_window{std::chrono::seconds{30}};
  std::size_t transfer_bytes_per_second_min = 4096;
  /// A connection that holds memory of half-read frames for which others wait is closed when for so
  /// long fewer than `contended_step_bytes` of its frame have come.
  std::chrono::milliseconds contended_window{500};
  std::size_t contended_step_bytes = 16U << 10U;
  /// How long a half-read frame may wait for memory.
  std::chrono::milliseconds memory_wait_max{std::chrono::seconds{60}};

  /// Bytes that one connection sends before the next has its turn while only such bulk is
  /// wanted: long sends wake the readers seldom.
  std::size_t lone_turn_bytes_max = 1U << 20U;
  /// The same while others want short answers, such as producers; and the bytes of the answers that
  /// are worked out for one connection in a turn.
  std::size_t connection_turn_bytes_max = 256U << 10U;
  /// When connections have sent so much, or answers of so much have been worked out, sockets are
  /// read before the next has its turn.
  std::size_t round_bytes_max = 512U << 10U;
  /// What a request counts beside the bytes of its answer; one that may be pipelined is free.
  std::size_t request_cost_bytes = 1U << 10U;
  /// What a microsecond of work on a request counts, in bytes of answers: a millisecond is a turn.
  std::size_t microsecond_cost_bytes = 256;
  /// A connection with no more than so much to send, and nothing else to do, goes before those that
  /// have much.
  std::size_t brief_turn_bytes_max = 16U << 10U;
};

/// The limits of one of `shard_count` shards that together keep within `whole`.
[[nodiscard]] limits divided(const limits& whole, std::size_t shard_count) noexcept;

}  // namespace tidemill::network
