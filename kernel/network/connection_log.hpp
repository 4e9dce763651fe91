#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "network/request_sink.hpp"

namespace tidemill::network {

/// Why a connection ended.
enum class close_reason : std::uint8_t {
  peer_closed,      ///< the ordinary end
  peer_failed,      ///< reset, or another error of the socket
  idle,             ///< limits::idle_max
  frame_invalid,    ///< a size that no frame may have: garbage, TLS, HTTP
  read_too_slow,    ///< a frame did not come on
  write_too_slow,   ///< the peer does not read its responses
  memory_spent,     ///< a frame waited too long for memory
  request_refused,  ///< the sink closed it
  file_failed,      ///< a file range of a response could not be read
  over_limit,       ///< too many connections, or no descriptor for it
  stopping,         ///< the broker stops
};
inline constexpr std::size_t close_reason_count = 11;

/// A word for metrics and log fields, such as "idle".
[[nodiscard]] std::string_view name(close_reason reason) noexcept;

/// Where this room reports. Called on the loops of the shards, several at once.
class connection_log {
 public:
  virtual ~connection_log() = default;
  /// Ordinary ends of connections are debug, what an operator should know about is a warning.
  enum class level : std::uint8_t { debug, warning };
  /// `line` is one escaped sentence of some hundred bytes. Warnings are rate-limited already.
  virtual void write(level importance, std::string_view line) noexcept = 0;
  /// Lines of a level that is not wanted are not even made.
  [[nodiscard]] virtual bool wants(level importance) const noexcept {
    return importance != level::debug;
  }
};

/// Makes text of a peer fit for a log line: control characters, quotes, backslashes and everything
/// beyond ASCII become \xNN; longer than `size_max` is cut and marked (S16). Pure.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t size_max = 120);

}  // namespace tidemill::network
