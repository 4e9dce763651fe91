#pragma once

namespace tidemill::cli {

/// While it lives, SIGINT and SIGTERM end work in good order instead of the program; a second one
/// ends the program. One at a time.
class interrupt {
 public:
  interrupt();
  ~interrupt();
  interrupt(const interrupt&) = delete;
  interrupt& operator=(const interrupt&) = delete;

  [[nodiscard]] static bool came() noexcept;
};

}  // namespace tidemill::cli
