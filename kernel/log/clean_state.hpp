#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "log/log_state.hpp"

namespace tidemill::log {

// The clean-state file, our own: what a clean start needs to know of every log, big-endian.
//    0  8 bytes   "tidemill"
//    8  int32     version, 1
//   12  uint32    CRC-32C of all that follows
//   16  one entry after another:
//         int32   size of what follows in this entry
//         int32   length of the name, the name
//         int64   log start, int64 log end, int32 last leader epoch (-1 for none)
//         int32   number of segments, for each: int64 base offset, uint64 size, int64 max
//                 timestamp, int64 its offset, int64 first timestamp, int64 created, int64 written

/// Appends one log's entry to `to`, which begin_clean_state() began.
void add_clean_state(byte_buffer& to, std::string_view name, const log_state& state);
[[nodiscard]] byte_buffer begin_clean_state();
/// Fills in the checksum; the buffer is then the content of the file.
void seal_clean_state(byte_buffer& content) noexcept;

/// Where each log's entry stands in the content: small, so that thousands of logs can wait for
/// being opened. checkpoint_malformed when checksum or lengths do not fit.
using clean_state_places = std::map<std::string, std::size_t, std::less<>>;
[[nodiscard]] result<clean_state_places> index_clean_state(bytes_view content);
/// Reads the entry at a place that index_clean_state() has named.
[[nodiscard]] result<log_state> read_clean_state(bytes_view content, std::size_t place);

}  // namespace tidemill::log
