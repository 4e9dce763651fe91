#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "log/log_damage.hpp"
#include "log/log_state.hpp"

namespace tidemill::log {

/// In a log's directory: what was found damaged in the midst of a run, until it is mended.
inline constexpr std::string_view damage_note_name = "damaged";
/// In a log's directory: somebody who made this file accepts the loss of what is damaged.
inline constexpr std::string_view accept_loss_name = "accept-loss";
/// Behind the name of a segment's file that was given up; nobody looks at it again.
inline constexpr std::string_view lost_suffix = ".lost";

/// File, byte, what was found and expected.
[[nodiscard]] std::string describe_place(const log_damage& damage, std::string_view directory);
/// One sentence: file, byte, what was found and expected, what to do.
[[nodiscard]] std::string describe(const log_damage& damage, std::string_view directory);

/// Keeps the damage in mind beyond a restart. Blocks.
[[nodiscard]] result<void> write_damage_note(io::disk& disk, const std::string& directory,
                                             const log_damage& damage);
/// The damage that was noted, if it is still there; a note of what was mended meanwhile goes.
/// Blocks.
[[nodiscard]] result<std::optional<log_damage>> noted_damage(io::disk& disk,
                                                             const std::string& directory);

/// Compares a cleanly closed log with what is on the disk, for the price of a look at each segment
/// file: each is there and as long as it was, and the last batches of the log are sound and end
/// where it ended. Blocks.
[[nodiscard]] result<std::optional<log_damage>> check_clean(io::disk& disk,
                                                            const std::string& directory,
                                                            const log_state& state);

/// Whether somebody has accepted the loss. Blocks.
[[nodiscard]] bool is_loss_accepted(io::disk& disk, const std::string& directory);
/// Gives up the segment that is damaged and all before it, so that what is left has no hole: their
/// .log files stay beside the log as "<name>.lost". Answers the new log start; nullopt when nothing
/// is left. Blocks.
[[nodiscard]] result<std::optional<offset>> give_up(io::disk& disk, const std::string& directory,
                                                    const log_damage& damage);
/// The loss has been dealt with, once; the next one must be accepted anew. Blocks.
[[nodiscard]] result<void> end_acceptance(io::disk& disk, const std::string& directory);

}  // namespace tidemill::log
