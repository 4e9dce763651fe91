#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// Offsets by log directory name ("<topic>-<partition>").
using offset_checkpoint = std::map<std::string, offset, std::less<>>;

/// Kafka's checkpoint text, version 0: the version, the number of entries, then one line of topic,
/// partition and offset each, divided by single spaces.
[[nodiscard]] std::string format_checkpoint(const offset_checkpoint& entries);
/// checkpoint_malformed for anything else than what format_checkpoint() writes.
[[nodiscard]] result<offset_checkpoint> parse_checkpoint(std::string_view text);

/// An empty map when the file is not there.
[[nodiscard]] result<offset_checkpoint> read_checkpoint(io::disk& disk, const std::string& path);
/// Replaces the file so that a crash leaves the old or the new one.
[[nodiscard]] result<void> write_checkpoint(io::disk& disk, const std::string& path,
                                            const offset_checkpoint& entries);

}  // namespace tidemill::log
