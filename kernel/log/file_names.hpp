#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace tidemill::log {

// A segment's files are named by its base offset in 20 digits, as Kafka does:
//   00000000000000000042.log         batches
//   00000000000000000042.index       offset index
//   00000000000000000042.timeindex   time index
//   00000000000000000042.txnindex    aborted transactions (only where there are some)
//   00000000000000000042.snapshot    producers as of offset 42
// A removed file gets ".deleted" behind its name until it is gone. The log makes and removes .log,
// .index and .timeindex; it removes .txnindex and .snapshot together with them, but who derives
// them (batch_observer) writes them.
inline constexpr std::string_view log_suffix = ".log";
inline constexpr std::string_view offset_index_suffix = ".index";
inline constexpr std::string_view time_index_suffix = ".timeindex";
inline constexpr std::string_view transaction_index_suffix = ".txnindex";
inline constexpr std::string_view producer_snapshot_suffix = ".snapshot";
inline constexpr std::string_view deleted_suffix = ".deleted";
/// Behind the name of a segment that is being written to replace others, and of one that is
/// durable and about to do so (log::replace()).
inline constexpr std::string_view cleaned_suffix = ".cleaned";
inline constexpr std::string_view swap_suffix = ".swap";
inline constexpr std::string_view leader_epoch_checkpoint_name = "leader-epoch-checkpoint";

/// No log reaches this; whatever says so is damaged.
inline constexpr offset offset_limit{std::numeric_limits<std::int64_t>::max() / 2};

/// `directory` "/" 20 digits of `base` `suffix`.
[[nodiscard]] std::string segment_file_path(std::string_view directory, offset base,
                                            std::string_view suffix);

/// Names that only an interrupted operation leaves behind.
[[nodiscard]] bool is_leftover(std::string_view name) noexcept;

/// The base offset of "<20 digits><suffix>"; nullopt for any other name.
[[nodiscard]] std::optional<offset> parse_segment_file_name(std::string_view name,
                                                            std::string_view suffix) noexcept;

}  // namespace tidemill::log
